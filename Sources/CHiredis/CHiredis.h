#include <hiredis/hiredis.h>
// Wakes a thread that waits for Redis.
#include <sys/eventfd.h>
