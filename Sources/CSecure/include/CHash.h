#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "CAttributes.h"

/// HMAC-SHA1 (RFC 2104) over three ranges one after the other, each of which may be empty. Writes 20 bytes.
CS_NO_LOCKS void cs_hmac_sha1(
    const void *key, size_t key_bytes, const void *first, size_t first_bytes, const void *second, size_t second_bytes,
    const void *third, size_t third_bytes, void *digest);

/// Compares in time that depends on `bytes` alone.
CS_NO_LOCKS bool cs_equal(const void *left, const void *right, size_t bytes);
