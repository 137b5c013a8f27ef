#pragma once

/// The names of the program's own functions, from its file's symbol table: nothing is allocated when one is looked up.

#include <stdbool.h>
#include <stdint.h>

struct cp_symbol {
    const char *name;
    /// Bytes from the function's beginning.
    uint64_t offset;
    /// As addr2line takes it.
    uint64_t file_address;
};

/// Maps the program's file. Without it, or when it was stripped, nothing is found later.
void cp_symbols_load(void);
/// The function that an address lies in. False when it lies in none of the program's; the name may be empty.
bool cp_symbol_find(uintptr_t address, struct cp_symbol *symbol);
