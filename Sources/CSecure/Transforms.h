#pragma once

#include "CSrtp.h"
#include "Sha1.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
#define HAVE_IPSEC_MB 1
// Keeps the names of version 0.53 away: they are macros such as SHA1 and NULL_HASH.
#define NO_COMPAT_IMB_API_053
#include <intel-ipsec-mb.h>
#else
#define HAVE_IPSEC_MB 0
#endif

enum { TAG_BYTES = 10, GCM_TAG_BYTES = 16, KEY_BYTES_MAX = 32, SCHEDULE_BYTES = 16 * 15 };

struct cs_session {
#if HAVE_IPSEC_MB
    union {
        // Intel's header aligns this type only where its own build defines LINUX: the alignment is ours to give.
        struct gcm_key_data gcm;
        uint8_t schedule[SCHEDULE_BYTES];
    };
#endif
    /// The key itself: only where OpenSSL expands it.
    uint8_t key[KEY_BYTES_MAX];
    hmac_key hmac;
    uint32_t key_bytes;
} __attribute__((aligned(CS_SESSION_ALIGNMENT)));
_Static_assert(sizeof(struct cs_session) <= CS_SESSION_BYTES, "CSrtp.h promises less memory than a session takes");

/// An EVP context and the key that it holds now. Keys of a run come one after the other, so one context a direction
/// expands a key once a run, and no context has to be allocated when a peer joins.
typedef struct {
    EVP_CIPHER_CTX *evp;
    uint8_t key[KEY_BYTES_MAX];
    bool is_keyed;
} openssl_context;

/// By key length: 0 for 16 bytes, 1 for 32.
typedef struct {
    openssl_context seal[2], open[2], counter[2];
} openssl_tools;

typedef struct {
    const cs_session *session;
    const uint8_t *data;
    size_t bytes;
    uint8_t *tag;
} pending_tag;

struct cs_cipher {
    int library;
    size_t pending_count;
    pending_tag pending[CS_PENDING_MAX];
    openssl_tools openssl;
#if HAVE_IPSEC_MB
    IMB_MGR *manager;
    IMB_JOB jobs[CS_PENDING_MAX];
    uint8_t digests[CS_PENDING_MAX][HMAC_DIGEST_BYTES];
#endif
};

bool openssl_make(openssl_tools *tools);
void openssl_free(openssl_tools *tools);
void openssl_key_stream(
    openssl_tools *tools, const void *key, size_t key_bytes, const uint8_t iv[16], void *out, size_t bytes);
void openssl_gcm_seal(
    openssl_tools *tools, const cs_session *session, void *out, const void *source, size_t bytes, const uint8_t iv[12],
    const void *clear, size_t clear_bytes, void *tag);
bool openssl_gcm_open(
    openssl_tools *tools, const cs_session *session, void *out, const void *source, size_t bytes, const uint8_t iv[12],
    const void *clear, size_t clear_bytes, const void *tag);
void openssl_counter_mode(
    openssl_tools *tools, const cs_session *session, void *out, const void *source, size_t bytes, const uint8_t iv[16]);

#if HAVE_IPSEC_MB
IMB_MGR *ipsec_make(void);
void ipsec_set_gcm(IMB_MGR *manager, cs_session *session, const void *key, size_t key_bytes);
void ipsec_set_cm(IMB_MGR *manager, cs_session *session, const void *key);
void ipsec_key_stream(
    IMB_MGR *manager, const void *key, size_t key_bytes, const uint8_t iv[16], void *out, size_t bytes);
void ipsec_gcm_seal(
    IMB_MGR *manager, const cs_session *session, void *out, const void *source, size_t bytes, const uint8_t iv[12],
    const void *clear, size_t clear_bytes, void *tag);
bool ipsec_gcm_open(
    IMB_MGR *manager, const cs_session *session, void *out, const void *source, size_t bytes, const uint8_t iv[12],
    const void *clear, size_t clear_bytes, const void *tag);
void ipsec_counter_mode(
    IMB_MGR *manager, const cs_session *session, void *out, const void *source, size_t bytes, const uint8_t iv[16]);
/// Writes the digests of everything pending to `cipher->digests`.
void ipsec_digests(cs_cipher *cipher);
#endif
