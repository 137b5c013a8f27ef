#pragma once

// SHA_CTX is deprecated in OpenSSL 3 in favour of EVP_MD_CTX, which allocates. This one lives on the stack, copies by
// assignment and uses the processor's SHA instructions all the same.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include <stddef.h>
#include <stdint.h>

enum { HMAC_BLOCK_BYTES = 64, HMAC_DIGEST_BYTES = 20 };

/// SHA-1's state after the one block that an HMAC key, padded, fills.
typedef struct {
    uint32_t inner[5];
    uint32_t outer[5];
} hmac_key;

/// `key` has at most 64 bytes.
void hmac_set_key(hmac_key *state, const void *key, size_t bytes);
void hmac_begin(const hmac_key *state, SHA_CTX *hash);
void hmac_end(const hmac_key *state, SHA_CTX *hash, uint8_t digest[HMAC_DIGEST_BYTES]);
