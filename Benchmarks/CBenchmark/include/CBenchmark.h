#pragma once

/// What callgrind is told. Nothing happens outside of it, or where its headers were not there at the build.

#include <stdbool.h>

/// Whether this runs under callgrind and was built with its headers.
bool cb_is_counting(void);
/// Instructions are counted from here on.
void cb_begin(void);
/// Counted no more; what was counted since `cb_begin` is written under `name`.
void cb_end(const char *name);
