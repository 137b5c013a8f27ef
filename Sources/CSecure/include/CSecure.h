#pragma once

/// The server's whole view of the cryptographic libraries. No header of theirs is included here, so that their macros
/// (Intel's defines SHA1 and DECRYPT) stay out of every importer.

#include "CSrtp.h"
#include "CHash.h"
#include "CDtls.h"
#include "CCertificate.h"
