#include "CHash.h"
#include "Sha1.h"

#include <openssl/crypto.h>
#include <string.h>

static void state_of_padded_key(uint32_t state[5], const uint8_t *key, size_t bytes, uint8_t pad) {
    uint8_t block[HMAC_BLOCK_BYTES];
    memset(block, pad, sizeof block);
    for (size_t at = 0; at < bytes; at++) block[at] ^= key[at];
    SHA_CTX hash;
    SHA1_Init(&hash);
    SHA1_Update(&hash, block, sizeof block);
    state[0] = hash.h0, state[1] = hash.h1, state[2] = hash.h2, state[3] = hash.h3, state[4] = hash.h4;
    OPENSSL_cleanse(block, sizeof block);
    OPENSSL_cleanse(&hash, sizeof hash);
}

static void resume(SHA_CTX *hash, const uint32_t state[5]) {
    hash->h0 = state[0], hash->h1 = state[1], hash->h2 = state[2], hash->h3 = state[3], hash->h4 = state[4];
    hash->Nl = HMAC_BLOCK_BYTES * 8;
    hash->Nh = 0;
    hash->num = 0;
}

void hmac_set_key(hmac_key *state, const void *key, size_t bytes) {
    state_of_padded_key(state->inner, key, bytes, 0x36);
    state_of_padded_key(state->outer, key, bytes, 0x5c);
}

void hmac_begin(const hmac_key *state, SHA_CTX *hash) { resume(hash, state->inner); }

void hmac_end(const hmac_key *state, SHA_CTX *hash, uint8_t digest[HMAC_DIGEST_BYTES]) {
    SHA1_Final(digest, hash);
    resume(hash, state->outer);
    SHA1_Update(hash, digest, HMAC_DIGEST_BYTES);
    SHA1_Final(digest, hash);
}

void cs_hmac_sha1(
    const void *key, size_t key_bytes, const void *first, size_t first_bytes, const void *second, size_t second_bytes,
    const void *third, size_t third_bytes, void *digest) {
    SHA_CTX hash;
    uint8_t short_key[HMAC_DIGEST_BYTES];
    if (key_bytes > HMAC_BLOCK_BYTES) {  // RFC 2104 §2: a key longer than a block is hashed first.
        SHA1_Init(&hash);
        SHA1_Update(&hash, key, key_bytes);
        SHA1_Final(short_key, &hash);
        key = short_key;
        key_bytes = sizeof short_key;
    }
    hmac_key state;
    hmac_set_key(&state, key, key_bytes);
    hmac_begin(&state, &hash);
    SHA1_Update(&hash, first, first_bytes);
    SHA1_Update(&hash, second, second_bytes);
    SHA1_Update(&hash, third, third_bytes);
    hmac_end(&state, &hash, digest);
}

bool cs_equal(const void *left, const void *right, size_t bytes) { return CRYPTO_memcmp(left, right, bytes) == 0; }
