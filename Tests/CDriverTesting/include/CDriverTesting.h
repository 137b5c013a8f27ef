#pragma once

/// Moods of the host that tests need, each for the calling thread alone.

/// From now on io_uring_setup and bpf fail on this thread with `refusal` (an errno). 0 or an errno.
int cdt_forbid_system_calls(int refusal);

/// Moves this thread into a network namespace of its own with a device 10.9.0.1/24 behind which nobody answers: what is
/// sent to 10.9.0.x stays in the socket's send buffer until address resolution gives up. 0 or an errno.
int cdt_enter_silent_network(void);
