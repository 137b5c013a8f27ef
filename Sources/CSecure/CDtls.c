#include "CDtls.h"
#include "CDtlsAlert.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/srtp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

// Application data of one datagram, which is no longer than a record between threads.
enum { data_bytes = 4096 };

// Datagrams that wait at one endpoint. A server's flight is about 1 KiB; a client with a long chain sends some more.
enum { queue_bytes = 16384, length_bytes = 2 };

struct cd_context {
    SSL_CTX *ssl;
};

struct cd_endpoint {
    // NULL once the endpoint is retired; then `alert_keys` are there.
    SSL *ssl;
    cd_alert_keys *alert_keys;
    cd_state state;
    uint32_t timer_us;
    int has_expected;
    int has_mismatch;
    int is_shrunk;
    uint8_t expected[32];
    // The datagram that OpenSSL is reading; it is asked for once and gone.
    const uint8_t *input;
    size_t input_count;
    // Datagrams to send: two bytes of length, then the bytes. Allocated while something waits or the handshake runs.
    uint8_t *queue;
    size_t queue_head;
    size_t queue_tail;
    uint32_t dropped;
    uint32_t written;
    // Application data of the last datagram, as in `queue`; NULL where nobody wants it.
    uint8_t *data;
    size_t data_head;
    size_t data_tail;
};

// A BIO that keeps datagrams apart, which a memory BIO does not: one read is one datagram in, one write one out.

static int bio_read(BIO *bio, char *bytes, int capacity) {
    cd_endpoint *endpoint = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (!endpoint->input || capacity <= 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    size_t count = endpoint->input_count < (size_t)capacity ? endpoint->input_count : (size_t)capacity;
    memcpy(bytes, endpoint->input, count);
    endpoint->input = NULL;
    return (int)count;
}

static void enqueue(cd_endpoint *endpoint, const void *bytes, size_t count) {
    if (!endpoint->queue) endpoint->queue = malloc(queue_bytes);
    if (!endpoint->queue || endpoint->queue_tail + length_bytes + count > queue_bytes) {
        // As a network that loses it: the handshake goes on by retransmission.
        endpoint->dropped++;
        return;
    }
    endpoint->written++;
    uint16_t length = (uint16_t)count;
    memcpy(endpoint->queue + endpoint->queue_tail, &length, length_bytes);
    memcpy(endpoint->queue + endpoint->queue_tail + length_bytes, bytes, count);
    endpoint->queue_tail += length_bytes + count;
}

static int bio_write(BIO *bio, const char *bytes, int count) {
    BIO_clear_retry_flags(bio);
    if (count > 0) enqueue(BIO_get_data(bio), bytes, (size_t)count);
    return count;
}

static long bio_ctrl(BIO *bio, int command, long number, void *pointer) {
    (void)bio, (void)number, (void)pointer;
    // Everything about addresses, timeouts and MTU is the caller's; 0 means "not supported here".
    return command == BIO_CTRL_FLUSH || command == BIO_CTRL_DUP ? 1 : 0;
}

static BIO_METHOD *bio_method;
static int endpoint_index;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void make_method(void) {
    endpoint_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);
    bio_method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "datagrams");
    if (!bio_method) return;
    BIO_meth_set_read(bio_method, bio_read);
    BIO_meth_set_write(bio_method, bio_write);
    BIO_meth_set_ctrl(bio_method, bio_ctrl);
}

// Certificate

static int fill_certificate(X509 *certificate, EVP_PKEY *key) {
    uint64_t serial;
    if (RAND_bytes((unsigned char *)&serial, sizeof serial) != 1) return 0;
    X509_NAME *name = X509_get_subject_name(certificate);
    return X509_set_version(certificate, 2) &&
        // RFC 5280 §4.1.2.2: a positive number.
        ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), (serial >> 1) | 1) &&
        X509_gmtime_adj(X509_getm_notBefore(certificate), -86400L) &&
        X509_gmtime_adj(X509_getm_notAfter(certificate), 365 * 86400L) &&
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"millrace", -1, -1, 0) &&
        X509_set_issuer_name(certificate, name) && X509_set_pubkey(certificate, key) &&
        X509_sign(certificate, key, EVP_sha256());
}

static int use_new_certificate(SSL_CTX *ssl, uint8_t *fingerprint) {
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    unsigned count = 0;
    int is_done = key && certificate && fill_certificate(certificate, key) &&
        X509_digest(certificate, EVP_sha256(), fingerprint, &count) && count == 32 &&
        SSL_CTX_use_certificate(ssl, certificate) == 1 && SSL_CTX_use_PrivateKey(ssl, key) == 1;
    X509_free(certificate);
    EVP_PKEY_free(key);
    return is_done;
}

// Two bytes of length, then the key; the certificate is the rest. DER both.
static int use_identity(SSL_CTX *ssl, const uint8_t *identity, size_t count, uint8_t *fingerprint) {
    size_t key_bytes = count < 2 ? 0 : (size_t)identity[0] << 8 | identity[1];
    if (key_bytes == 0 || key_bytes + 2 >= count) return 0;
    const unsigned char *place = identity + 2;
    EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &place, (long)key_bytes);
    place = identity + 2 + key_bytes;
    X509 *certificate = d2i_X509(NULL, &place, (long)(count - 2 - key_bytes));
    unsigned digest_bytes = 0;
    int is_done = key && certificate && X509_digest(certificate, EVP_sha256(), fingerprint, &digest_bytes) &&
        digest_bytes == 32 && SSL_CTX_use_certificate(ssl, certificate) == 1 &&
        SSL_CTX_use_PrivateKey(ssl, key) == 1 && SSL_CTX_check_private_key(ssl) == 1;
    X509_free(certificate);
    EVP_PKEY_free(key);
    return is_done;
}

size_t cd_context_identity(const cd_context *context, uint8_t *bytes, size_t capacity) {
    EVP_PKEY *key = SSL_CTX_get0_privatekey(context->ssl);
    X509 *certificate = SSL_CTX_get0_certificate(context->ssl);
    if (!key || !certificate) return 0;
    int key_bytes = i2d_PrivateKey(key, NULL);
    int certificate_bytes = i2d_X509(certificate, NULL);
    if (key_bytes <= 0 || key_bytes > 65535 || certificate_bytes <= 0) return 0;
    size_t total = 2 + (size_t)key_bytes + (size_t)certificate_bytes;
    if (total > capacity) return 0;
    unsigned char *place = bytes + 2;
    bytes[0] = (uint8_t)(key_bytes >> 8);
    bytes[1] = (uint8_t)key_bytes;
    return i2d_PrivateKey(key, &place) > 0 && i2d_X509(certificate, &place) > 0 ? total : 0;
}

// WebRTC certificates are self-signed: what counts is the fingerprint from the signaling (RFC 8122 §6.2).
static int verify(X509_STORE_CTX *store, void *unused) {
    (void)unused;
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    cd_endpoint *endpoint = SSL_get_ex_data(ssl, endpoint_index);
    // OpenSSL goes on without use_srtp when no profile is common; here that is the end, told by an alert.
    if (!SSL_get_selected_srtp_profile(ssl)) {
        X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
        return 0;
    }
    uint8_t digest[32];
    unsigned count = 0;
    X509 *certificate = X509_STORE_CTX_get0_cert(store);
    if (certificate && X509_digest(certificate, EVP_sha256(), digest, &count) && count == 32 &&
        (!endpoint->has_expected || memcmp(digest, endpoint->expected, 32) == 0))
        return 1;
    endpoint->has_mismatch = 1;
    // bad_certificate, as RFC 5763 §5 asks for.
    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
    return 0;
}

// Context

static int configure(SSL_CTX *ssl, const char *profiles) {
    SSL_CTX_set_options(ssl, SSL_OP_NO_QUERY_MTU | SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
        SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_cert_verify_callback(ssl, verify, NULL);
    // Every client of today has the first suite (RFC 8827 §6.5 demands it).
    return SSL_CTX_set_min_proto_version(ssl, DTLS1_2_VERSION) && SSL_CTX_set_max_proto_version(ssl, DTLS1_2_VERSION) &&
        SSL_CTX_set_cipher_list(ssl,
            "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:"
            "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-CHACHA20-POLY1305") &&
        SSL_CTX_set1_groups_list(ssl, "X25519:P-256:P-384") &&
        // The one function of this family where 0 is success.
        SSL_CTX_set_tlsext_use_srtp(ssl, profiles) == 0;
}

static cd_context *new_context(const char *profiles, int has_certificate, const uint8_t *identity, size_t count,
    uint8_t *fingerprint) {
    pthread_once(&once, make_method);
    cd_context *context = calloc(1, sizeof *context);
    if (!context || !bio_method) return context ? (free(context), NULL) : NULL;
    context->ssl = SSL_CTX_new(DTLS_method());
    int is_done = context->ssl && configure(context->ssl, profiles) &&
        (!has_certificate || (identity ? use_identity(context->ssl, identity, count, fingerprint)
                                       : use_new_certificate(context->ssl, fingerprint)));
    ERR_clear_error();
    if (is_done) return context;
    cd_context_free(context);
    return NULL;
}

cd_context *cd_context_new(const char *profiles, int has_certificate, uint8_t *fingerprint) {
    return new_context(profiles, has_certificate, NULL, 0, fingerprint);
}

cd_context *cd_context_with(const char *profiles, const uint8_t *identity, size_t count, uint8_t *fingerprint) {
    return new_context(profiles, 1, identity, count, fingerprint);
}

void cd_context_free(cd_context *context) {
    if (!context) return;
    SSL_CTX_free(context->ssl);
    free(context);
}

// Endpoint

static unsigned timer_duration(SSL *ssl, unsigned previous_us) {
    cd_endpoint *endpoint = SSL_get_ex_data(ssl, endpoint_index);
    if (!endpoint->timer_us) return 4000000000u;  // More than an hour: longer than any handshake lives.
    if (!previous_us) return endpoint->timer_us;
    return previous_us < 2000000u ? previous_us * 2 : 4000000u;
}

static int attach(cd_endpoint *endpoint, cd_context *context, int is_server, uint32_t mtu) {
    endpoint->ssl = SSL_new(context->ssl);
    BIO *bio = endpoint->ssl ? BIO_new(bio_method) : NULL;
    if (!bio) return 0;
    BIO_set_data(bio, endpoint);
    BIO_set_init(bio, 1);
    SSL_set_bio(endpoint->ssl, bio, bio);
    if (!SSL_set_ex_data(endpoint->ssl, endpoint_index, endpoint)) return 0;
    DTLS_set_timer_cb(endpoint->ssl, timer_duration);
    if (is_server) SSL_set_accept_state(endpoint->ssl);
    else SSL_set_connect_state(endpoint->ssl);
    return SSL_set_mtu(endpoint->ssl, mtu) > 0;
}

cd_endpoint *cd_endpoint_new(cd_context *context, int is_server, uint32_t mtu, const uint8_t *expected,
    uint32_t timer_us) {
    cd_endpoint *endpoint = calloc(1, sizeof *endpoint);
    if (!endpoint) return NULL;
    endpoint->timer_us = timer_us;
    endpoint->has_expected = expected != NULL;
    if (expected) memcpy(endpoint->expected, expected, 32);
    int is_done = attach(endpoint, context, is_server, mtu);
    ERR_clear_error();
    if (is_done) return endpoint;
    cd_endpoint_free(endpoint);
    return NULL;
}

void cd_endpoint_free(cd_endpoint *endpoint) {
    if (!endpoint) return;
    SSL_free(endpoint->ssl);
    free(endpoint->queue);
    free(endpoint->data);
    if (endpoint->alert_keys) OPENSSL_cleanse(endpoint->alert_keys, sizeof *endpoint->alert_keys);
    free(endpoint->alert_keys);
    free(endpoint);
}

// OpenSSL writes through its buffer without a look whether it is there. 0 when there is no memory.
static int unshrink(cd_endpoint *endpoint) {
    if (endpoint->is_shrunk && SSL_alloc_buffers(endpoint->ssl)) endpoint->is_shrunk = 0;
    return !endpoint->is_shrunk;
}

static void advance_handshake(cd_endpoint *endpoint) {
    int result = SSL_do_handshake(endpoint->ssl);
    if (result == 1) {
        endpoint->state = cd_state_established;
        return;
    }
    int error = SSL_get_error(endpoint->ssl, result);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return;
    endpoint->state = endpoint->has_mismatch ? cd_state_mismatch : cd_state_failed;
}

static void keep(cd_endpoint *endpoint, const char *bytes, size_t count) {
    if (!endpoint->data || endpoint->data_tail + length_bytes + count > data_bytes) return;
    uint16_t length = (uint16_t)count;
    memcpy(endpoint->data + endpoint->data_tail, &length, length_bytes);
    memcpy(endpoint->data + endpoint->data_tail + length_bytes, bytes, count);
    endpoint->data_tail += length_bytes + count;
}

// Reads what came after the handshake: a repeated Finished, which OpenSSL answers, close_notify, or application data,
// which is forgotten unless somebody wants it.
static void drain(cd_endpoint *endpoint) {
    char bytes[2048];
    // Bounded: a datagram of 64 KiB holds fewer records.
    for (int round = 0; round < 5000; round++) {
        int count = SSL_read(endpoint->ssl, bytes, sizeof bytes);
        if (count > 0) {
            keep(endpoint, bytes, (size_t)count);
            continue;
        }
        // Set by close_notify and by fatal alerts alike; other errors leave the keys as good as they were.
        if (SSL_get_shutdown(endpoint->ssl) & SSL_RECEIVED_SHUTDOWN) endpoint->state = cd_state_closed;
        return;
    }
}

cd_state cd_endpoint_receive(cd_endpoint *endpoint, const void *bytes, size_t count) {
    if (endpoint->alert_keys) {
        if (count && cd_alert_ends(endpoint->alert_keys, bytes, count)) endpoint->state = cd_state_closed;
        return endpoint->state;
    }
    if (endpoint->state > cd_state_established || !unshrink(endpoint)) return endpoint->state;
    ERR_clear_error();
    endpoint->input = count ? bytes : NULL;
    endpoint->input_count = count;
    endpoint->data_head = endpoint->data_tail = 0;
    if (endpoint->state == cd_state_handshaking) advance_handshake(endpoint);
    if (endpoint->state == cd_state_established) drain(endpoint);
    endpoint->input = NULL;
    ERR_clear_error();
    return endpoint->state;
}

int cd_endpoint_keep_data(cd_endpoint *endpoint) {
    if (!endpoint->data) endpoint->data = malloc(data_bytes);
    return endpoint->data != NULL;
}

size_t cd_endpoint_data(cd_endpoint *endpoint, const uint8_t **bytes) {
    if (endpoint->data_head == endpoint->data_tail) return 0;
    uint16_t length;
    memcpy(&length, endpoint->data + endpoint->data_head, length_bytes);
    *bytes = endpoint->data + endpoint->data_head + length_bytes;
    endpoint->data_head += length_bytes + length;
    return length;
}

void cd_endpoint_send(cd_endpoint *endpoint, const void *bytes, size_t count) {
    if (endpoint->state != cd_state_established || !endpoint->ssl || !count || !unshrink(endpoint)) return;
    ERR_clear_error();
    SSL_write(endpoint->ssl, bytes, (int)count);
    ERR_clear_error();
}

int64_t cd_endpoint_timer(const cd_endpoint *endpoint) {
    struct timeval left;
    if (!endpoint->ssl || !DTLSv1_get_timeout(endpoint->ssl, &left)) return -1;
    return (int64_t)left.tv_sec * 1000000 + left.tv_usec;
}

cd_state cd_endpoint_handle_timer(cd_endpoint *endpoint) {
    if (endpoint->state != cd_state_handshaking) return endpoint->state;
    ERR_clear_error();
    if (DTLSv1_handle_timeout(endpoint->ssl) < 0) endpoint->state = cd_state_failed;
    ERR_clear_error();
    return endpoint->state;
}

void cd_endpoint_close(cd_endpoint *endpoint) {
    if (endpoint->state != cd_state_established) return;
    ERR_clear_error();
    if (endpoint->alert_keys) {
        uint8_t record[cd_alert_record_bytes_max];
        size_t count = cd_alert_write(endpoint->alert_keys, record);
        if (count) enqueue(endpoint, record, count);
    } else if (unshrink(endpoint)) {
        SSL_shutdown(endpoint->ssl);
    }
    endpoint->state = cd_state_closed;
    ERR_clear_error();
}

size_t cd_endpoint_peek(const cd_endpoint *endpoint, const uint8_t **bytes) {
    if (endpoint->queue_head == endpoint->queue_tail) return 0;
    uint16_t length;
    memcpy(&length, endpoint->queue + endpoint->queue_head, length_bytes);
    *bytes = endpoint->queue + endpoint->queue_head + length_bytes;
    return length;
}

void cd_endpoint_pop(cd_endpoint *endpoint) {
    const uint8_t *bytes;
    size_t count = cd_endpoint_peek(endpoint, &bytes);
    if (!count) return;
    endpoint->queue_head += length_bytes + count;
    if (endpoint->queue_head == endpoint->queue_tail) endpoint->queue_head = endpoint->queue_tail = 0;
}

uint32_t cd_endpoint_written(const cd_endpoint *endpoint) { return endpoint->written; }

uint32_t cd_endpoint_take_dropped(cd_endpoint *endpoint) {
    uint32_t dropped = endpoint->dropped;
    endpoint->dropped = 0;
    return dropped;
}

void cd_endpoint_shrink(cd_endpoint *endpoint) {
    // 30 KiB that SSL_MODE_RELEASE_BUFFERS leaves to DTLS.
    if (endpoint->ssl && !endpoint->is_shrunk) endpoint->is_shrunk = SSL_free_buffers(endpoint->ssl);
    if (endpoint->queue_head != endpoint->queue_tail) return;
    free(endpoint->queue);
    endpoint->queue = NULL;
}

int cd_endpoint_retire(cd_endpoint *endpoint) {
    if (endpoint->state != cd_state_established || endpoint->alert_keys) return endpoint->alert_keys != NULL;
    if (endpoint->data) return 0;
    cd_alert_keys *keys = malloc(sizeof *keys);
    if (!keys || !cd_alert_keys_take(keys, endpoint->ssl)) {
        free(keys);
        return 0;
    }
    SSL_free(endpoint->ssl);
    endpoint->ssl = NULL;
    endpoint->alert_keys = keys;
    ERR_clear_error();
    return 1;
}

void cd_give_back_memory(void) { malloc_trim(0); }

uint16_t cd_endpoint_profile(const cd_endpoint *endpoint) {
    SRTP_PROTECTION_PROFILE *profile = !endpoint->ssl ? NULL : SSL_get_selected_srtp_profile(endpoint->ssl);
    return profile ? (uint16_t)profile->id : 0;
}

int cd_endpoint_export(cd_endpoint *endpoint, uint8_t *bytes, size_t count) {
    static const char label[] = "EXTRACTOR-dtls_srtp";
    return endpoint->ssl && SSL_export_keying_material(endpoint->ssl, bytes, count, label, sizeof label - 1, NULL, 0, 0) == 1;
}
