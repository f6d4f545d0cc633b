#pragma once
#include <errno.h>
#include <signal.h>
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/prctl.h>
#include <sys/resource.h>

// Macros, variadic calls and parameter lists that Swift can't see, as functions. Nothing here decides anything.

/// A context with `digest` ("SHA256", "SHA1") and `key` set; NULL when OpenSSL refuses. `EVP_MAC_init(c, NULL, 0, NULL)` starts it anew with the same key.
static inline EVP_MAC_CTX *touchstone_hmac_new(EVP_MAC *mac, const char *digest, const void *key, size_t count) {
    EVP_MAC_CTX *context = EVP_MAC_CTX_new(mac);
    if (context == NULL) return NULL;
    OSSL_PARAM params[2] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)digest, 0), OSSL_PARAM_construct_end()};
    if (EVP_MAC_init(context, (const unsigned char *)key, count, params) == 1) return context;
    EVP_MAC_CTX_free(context);
    return NULL;
}

static inline int touchstone_gcm_get_tag(EVP_CIPHER_CTX *context, void *tag) {
    return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, tag);
}

static inline int touchstone_gcm_set_tag(EVP_CIPHER_CTX *context, const void *tag) {
    return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, 16, (void *)tag);
}

/// Everything about a server's SSL_CTX that is a macro: TLS 1.2 and 1.3, memory given back while idle, no session cache, one ticket.
static inline void touchstone_tls_defaults(SSL_CTX *context) {
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context, 1);
}

/// `keys` is 80 bytes: name, HMAC key, AES key.
static inline int touchstone_tls_ticket_keys(SSL_CTX *context, const void *keys) {
    return SSL_CTX_set_tlsext_ticket_keys(context, (void *)keys, 80) == 1;
}

/// A memory BIO in which "empty" means "wait", not "the end".
static inline BIO *touchstone_bio_new(void) {
    BIO *bio = BIO_new(BIO_s_mem());
    if (bio != NULL) BIO_set_mem_eof_return(bio, -1);
    return bio;
}

static inline size_t touchstone_bio_pending(BIO *bio) { return BIO_ctrl_pending(bio); }

static inline int touchstone_is_key_mismatch(unsigned long error) {
    return ERR_GET_LIB(error) == ERR_LIB_X509 && ERR_GET_REASON(error) == X509_R_KEY_VALUES_MISMATCH;
}

/// A new P-256 key and a certificate of its own for localhost and the loopback addresses, both written as PEM; 1 when both are.
static inline int touchstone_self_signed(const char *certificate_path, const char *key_path, long seconds) {
    int done = 0;
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    X509V3_CTX context;
    X509_EXTENSION *names = NULL, *authority = NULL;
    BIO *file = NULL;
    if (key == NULL || certificate == NULL) goto end;
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -86400);
    X509_gmtime_adj(X509_getm_notAfter(certificate), seconds);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC, (const unsigned char *)"localhost", -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
    X509_set_pubkey(certificate, key);
    X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
    names = X509V3_EXT_conf_nid(NULL, &context, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1");
    authority = X509V3_EXT_conf_nid(NULL, &context, NID_basic_constraints, "critical,CA:TRUE");
    if (names == NULL || authority == NULL || X509_add_ext(certificate, names, -1) != 1 || X509_add_ext(certificate, authority, -1) != 1) goto end;
    if (X509_sign(certificate, key, EVP_sha256()) == 0) goto end;
    file = BIO_new_file(certificate_path, "w");
    if (file == NULL || PEM_write_bio_X509(file, certificate) != 1) goto end;
    BIO_free(file);
    file = BIO_new_file(key_path, "w");
    if (file == NULL || PEM_write_bio_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) != 1) goto end;
    done = 1;
end:
    BIO_free(file);
    X509_EXTENSION_free(names);
    X509_EXTENSION_free(authority);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return done;
}

/// A crash ends the process as the kernel has it, without the report of the Swift runtime.
static inline void touchstone_crash_plainly(void) {
    const int signals[] = {SIGQUIT, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP};
    for (size_t place = 0; place < sizeof signals / sizeof *signals; place += 1) signal(signals[place], SIG_DFL);
}

/// No core dump of this process, and nobody but root may look into it; 0, or the system's error number.
static inline int touchstone_forbid_core_dumps(void) {
    struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &none) != 0) return errno;
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : errno;
}
