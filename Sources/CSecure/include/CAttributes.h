#pragma once

/// Marks a function that takes no lock and allocates nothing, so that the packet path may call it.
#define CS_NO_LOCKS __attribute__((swift_attr("@_noLocks")))
