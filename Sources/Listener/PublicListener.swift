import Core
import NIOCore
import NIOPosix

/// The public port: HTTPS in, HTTP/2 and HTTP/1.1, on event loops of its own.
package final class PublicListener: Sendable {
    /// Connections that the system may hold ready for us.
    private static let backlog: Int32 = 4096
    /// Connections taken from it before requests are looked at again; NIO's own 4 lets a burst wait for hundreds of rounds.
    private static let acceptsPerTick: UInt = 256

    /// The port it listens on.
    package let port: Int
    private let channel: any Channel
    private let group: MultiThreadedEventLoopGroup
    private let states: [NIOLoopBound<LoopState>]

    private init(port: Int, channel: any Channel, group: MultiThreadedEventLoopGroup, states: [NIOLoopBound<LoopState>]) {
        self.port = port
        self.channel = channel
        self.group = group
        self.states = states
    }

    /// Listens. `open` sees the head of every request, on an event loop: it must neither block nor take long.
    ///
    /// `refuse` words the listener's own refusals (a body that is too large or too slow, a malformed head); it is told the path,
    /// or nil where the request did not come so far. `turnedAway` hears of connections that were closed unheard.
    package static func start(
        _ settings: ListenerSettings, open: @escaping @Sendable (RequestHead) -> Intent,
        refuse: @escaping @Sendable (_ status: Int, _ path: String?) -> Reply = { status, _ in .refusal(status) },
        turnedAway: @escaping @Sendable (ConnectionRefusal, _ address: String) -> Void = { _, _ in }
    ) async throws(ListenerError) -> PublicListener {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: max(1, settings.loops))
        do throws(ListenerError) {
            let budget = BodyBudget(settings.bounds)
            let hooks = ListenerHooks(open: open, refuse: refuse, turnedAway: turnedAway)
            let states = try await makeStates(settings, group: group, budget: budget, hooks: hooks)
            let channel = try await bind(settings, group: group, states: states, budget: budget)
            return PublicListener(
                port: channel.localAddress?.port ?? settings.port, channel: channel, group: group, states: states)
        } catch {
            await end(group)
            throw error
        }
    }

    /// New connections get this certificate; those that are there stay as they are.
    ///
    /// Throws, and changes nothing, when a file can't be read or certificate and key don't belong together.
    package func renewCertificate(chainFile: String, privateKeyFile: String) async throws(ListenerError) {
        do {
            for state in states {
                try await state.eventLoop.submit {
                    try state.value.renew(certificateChainFile: chainFile, privateKeyFile: privateKeyFile)
                }.get()
            }
            for state in states { try await state.eventLoop.submit { state.value.takeRenewed() }.get() }
        } catch let error as ListenerError {
            throw error
        } catch {
            throw .library("\(error)")
        }
    }

    /// Takes no more connections, lets requests under way end for at most `drainMs`, then closes.
    package func stop(drainMs: Int64 = Limits.drainMs) async {
        // An error here says that it is closed already.
        _ = try? await channel.close()
        let drained = states.map { state in state.eventLoop.flatSubmit { state.value.drain(drainMs: drainMs) } }
        for future in drained { _ = try? await future.get() }
        await Self.end(group)
    }

    private static func end(_ group: MultiThreadedEventLoopGroup) async {
        // It fails only when it is shut down already.
        _ = try? await group.shutdownGracefully()
    }

    private static func makeStates(
        _ settings: ListenerSettings, group: MultiThreadedEventLoopGroup, budget: BodyBudget, hooks: ListenerHooks
    ) async throws(ListenerError) -> [NIOLoopBound<LoopState>] {
        let tickets = try TLSContext.TicketKeys.make()
        var states: [NIOLoopBound<LoopState>] = []
        do {
            for loop in group.makeIterator() {
                states.append(
                    try await loop.submit {
                        let state = try LoopState(
                            loop: loop, settings: settings, tickets: tickets, budget: budget, hooks: hooks)
                        state.startSweeping()
                        return NIOLoopBound(state, eventLoop: loop)
                    }.get())
            }
        } catch let error as ListenerError {
            throw error
        } catch {
            throw .library("\(error)")
        }
        return states
    }

    private static func bind(
        _ settings: ListenerSettings, group: MultiThreadedEventLoopGroup, states: [NIOLoopBound<LoopState>], budget: BodyBudget
    ) async throws(ListenerError) -> any Channel {
        do {
            return try await ServerBootstrap(group: group)
                .serverChannelOption(.backlog, value: backlog)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .serverChannelOption(.maxMessagesPerRead, value: acceptsPerTick)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture { try accept(channel, states: states, budget: budget) }
                }
                .bind(host: settings.host, port: settings.port).get()
        } catch {
            throw .bind(host: settings.host, port: settings.port, reason: "\(error)")
        }
    }

    /// An error closes the connection.
    private static func accept(_ channel: any Channel, states: [NIOLoopBound<LoopState>], budget: BodyBudget) throws {
        guard let state = states.first(where: { $0.eventLoop === channel.eventLoop })?.value, !state.isDraining else {
            throw ListenerError.library("The port is closing.")
        }
        let address = channel.remoteAddress?.ipAddress ?? ""
        let peer = Peer(address, trusted: state.settings.trustedProxies)
        if state.settings.proxyProtocol == .v2, !peer.isProxy {
            state.hooks.turnedAway(.proxyUntrusted, address)
            throw ListenerError.library("Not a trusted proxy.")
        }
        guard budget.takeConnection() else {
            state.hooks.turnedAway(.tooMany, address)
            throw ListenerError.library("No room for another connection.")
        }
        channel.closeFuture.whenComplete { _ in budget.giveBackConnection() }
        let connection = try Connection(state: state, peer: peer)
        try channel.pipeline.syncOperations.addHandler(connection)
    }
}
