/* The TCP between the processes of cluster.py: one balancer, and wires that can be cut. Told on standard input, one command a line:

       listen NAME PORT TARGET...   take connections on PORT; several targets: in turn, past those that are down or refuse
       down TARGET, up TARGET       a target that takes no new connections; those that it has are reset
       cut NAME                     from now on every byte is dropped, and so is every end of a connection
       mend NAME                    resets all connections of the wire; new ones pass

   Answers `ok` to each and ends with its standard input. In C, because a gateway waits for every statement: what passes messages on in Python
   takes longer for each of them than the database does. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TARGETS = 8, DOORS = 16, CHUNK = 65536 };

struct door {
    char name[32];
    int fd, targets[TARGETS], count, turn, is_cut;
};

/* One end of a connection. What it receives goes to `other`; `late` is what could not be sent to this end at once. */
struct side {
    struct door *door;
    struct side *other, *next, *previous;
    int fd, target, tries, is_connecting, is_gone, closes, interest;
    size_t late_size;
    char *late;
};

static struct door doors[DOORS];
static int door_count, poller, down[DOORS * TARGETS], down_count;
static struct side sides = {.next = &sides, .previous = &sides}, *gone;

static int is_down(int target) {
    for (int i = 0; i < down_count; i++)
        if (down[i] == target) return 1;
    return 0;
}

static void want(struct side *side, int interest) {
    struct epoll_event event = {.events = interest, .data.ptr = side};
    if (side->interest == interest) return;
    epoll_ctl(poller, side->interest < 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, side->fd, &event);
    side->interest = interest;
}

static struct side *make(struct door *door, int fd) {
    struct side *side = calloc(1, sizeof *side);
    int yes = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    *side = (struct side){.door = door, .fd = fd, .interest = -1, .next = sides.next, .previous = &sides};
    side->next->previous = side;
    sides.next = side;
    return side;
}

/* Freed after the events that were fetched with it. */
static void end(struct side *side, int with_reset) {
    struct linger now = {1, 0};
    if (!side || side->is_gone) return;
    if (with_reset) setsockopt(side->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(side->fd);
    side->is_gone = 1;
    side->previous->next = side->next;
    side->next->previous = side->previous;
    if (side->other) side->other->other = NULL;
    side->other = gone;
    gone = side;
}

static void end_both(struct side *side, int with_reset) {
    struct side *other = side->other;
    end(side, with_reset);
    end(other, with_reset);
}

/* Begins a connection to the next target for one that has come. */
static void connect_on(struct side *side) {
    while (side->tries++ < side->door->count) {
        int target = side->door->targets[side->door->turn++ % side->door->count];
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(target), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        int fd;
        if (is_down(target)) continue;
        fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (connect(fd, (struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS) {
            close(fd);
            continue;
        }
        side->other = make(side->door, fd);
        side->other->other = side;
        side->other->target = target;
        side->other->is_connecting = 1;
        want(side->other, EPOLLOUT);
        return;
    }
    end(side, 1);
}

static void came(struct door *door) {
    int fd;
    while ((fd = accept4(door->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        struct side *side = make(door, fd);
        want(side, 0);
        if (!door->is_cut) connect_on(side);
    }
}

static void connected(struct side *side) {
    struct side *client = side->other;
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(side->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error) {
        end(side, 0);
        if (client) connect_on(client);
        return;
    }
    side->is_connecting = 0;
    want(side, EPOLLIN);
    if (client) want(client, EPOLLIN);
}

static void flush(struct side *side) {
    ssize_t sent = send(side->fd, side->late, side->late_size, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) {
        end_both(side, 0);
        return;
    }
    if (sent > 0) memmove(side->late, side->late + sent, side->late_size -= sent);
    if (side->late_size) return;
    if (side->closes) {
        end(side, 0);
        return;
    }
    want(side, EPOLLIN);
    if (side->other) want(side->other, EPOLLIN);
}

static void pass(struct side *side) {
    static char chunk[CHUNK];
    struct side *other = side->other;
    ssize_t got, sent;
    if (other && other->late_size && !side->door->is_cut) { /* not asked to read: it has hung up */
        end_both(side, 1);
        return;
    }
    got = recv(side->fd, chunk, sizeof chunk, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (side->door->is_cut) {
        if (got > 0) return;
        epoll_ctl(poller, EPOLL_CTL_DEL, side->fd, NULL); /* nobody is told; it stays open until the wire is mended */
        return;
    }
    if (got <= 0 || !other) {
        end(side, 0);
        if (other && other->late_size) other->closes = 1;
        else end(other, got < 0);
        return;
    }
    sent = send(other->fd, chunk, got, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) {
        end_both(side, 0);
        return;
    }
    if (sent < 0) sent = 0;
    if (sent == got) return;
    if (!other->late) other->late = malloc(CHUNK);
    memcpy(other->late, chunk + sent, other->late_size = got - sent);
    want(other, EPOLLOUT);
    want(side, 0);
}

static void reset_all(struct door *door, int target) {
    int found = 1;
    while (found) {
        found = 0;
        for (struct side *side = sides.next; side != &sides; side = side->next)
            if (door ? side->door == door : side->target == target) {
                end_both(side, 1);
                found = 1;
                break;
            }
    }
}

static struct door *named(const char *name) {
    for (int i = 0; i < door_count; i++)
        if (!strcmp(doors[i].name, name)) return &doors[i];
    exit(2);
}

static void open_door(struct door *door, int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = door};
    int yes = 1;
    door->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    setsockopt(door->fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(door->fd, (struct sockaddr *)&address, sizeof address) || listen(door->fd, 512)) exit(3);
    epoll_ctl(poller, EPOLL_CTL_ADD, door->fd, &event);
}

static void obey(char *line) {
    char *command = strtok(line, " \n"), *name = strtok(NULL, " \n"), *word;
    if (!strcmp(command, "listen")) {
        struct door *door = &doors[door_count++];
        int port = atoi(strtok(NULL, " \n"));
        snprintf(door->name, sizeof door->name, "%s", name);
        while ((word = strtok(NULL, " \n"))) door->targets[door->count++] = atoi(word);
        open_door(door, port);
    } else if (!strcmp(command, "cut")) {
        named(name)->is_cut = 1;
    } else if (!strcmp(command, "mend")) {
        named(name)->is_cut = 0;
        reset_all(named(name), 0);
    } else {
        int target = atoi(name), kept = 0;
        for (int i = 0; i < down_count; i++)
            if (down[i] != target) down[kept++] = down[i];
        down_count = kept;
        if (!strcmp(command, "down")) {
            down[down_count++] = target;
            reset_all(NULL, target);
        }
    }
    puts("ok");
    fflush(stdout);
}

int main(void) {
    struct epoll_event events[256], input = {.events = EPOLLIN, .data.ptr = NULL};
    char line[1024];
    poller = epoll_create1(EPOLL_CLOEXEC);
    setvbuf(stdin, NULL, _IONBF, 0);
    epoll_ctl(poller, EPOLL_CTL_ADD, 0, &input);
    for (;;) {
        int count = epoll_wait(poller, events, 256, -1);
        for (int i = 0; i < count; i++) {
            void *thing = events[i].data.ptr;
            struct side *side = thing;
            if (!thing) {
                if (!fgets(line, sizeof line, stdin)) return 0;
                obey(line);
            } else if ((struct door *)thing >= doors && (struct door *)thing < doors + DOORS) {
                came(thing);
            } else if (side->is_gone) {
                continue;
            } else if (side->is_connecting) {
                connected(side);
            } else if (events[i].events & EPOLLOUT) {
                flush(side);
            } else {
                pass(side);
            }
        }
        while (gone) {
            struct side *next = gone->other;
            free(gone->late);
            free(gone);
            gone = next;
        }
    }
}
