#define _GNU_SOURCE
#include "Symbols.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const Elf64_Sym *symbols;
static size_t symbol_count;
static const char *names;
static size_t name_bytes;
/// Where the program lies in memory, and how much its addresses are shifted.
static uintptr_t low, high, bias;

static int note_program(struct dl_phdr_info *info, size_t size, void *data) {
    (void)size;
    (void)data;
    bias = info->dlpi_addr;
    low = UINTPTR_MAX;
    high = 0;
    for (int place = 0; place < info->dlpi_phnum; place++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[place];
        if (part->p_type != PT_LOAD || (part->p_flags & PF_X) == 0) continue;
        uintptr_t start = bias + part->p_vaddr;
        if (start < low) low = start;
        if (start + part->p_memsz > high) high = start + part->p_memsz;
    }
    // The first is the program itself.
    return 1;
}

static bool is_inside(uint64_t offset, uint64_t count, uint64_t whole) { return offset <= whole && count <= whole - offset; }

static void find_tables(const uint8_t *file, uint64_t bytes) {
    const Elf64_Ehdr *head = (const Elf64_Ehdr *)file;
    if (bytes < sizeof *head || memcmp(head->e_ident, ELFMAG, SELFMAG) != 0 || head->e_ident[EI_CLASS] != ELFCLASS64) return;
    if (!is_inside(head->e_shoff, (uint64_t)head->e_shnum * sizeof(Elf64_Shdr), bytes)) return;
    const Elf64_Shdr *sections = (const Elf64_Shdr *)(file + head->e_shoff);
    for (int place = 0; place < head->e_shnum; place++) {
        const Elf64_Shdr *section = &sections[place];
        if (section->sh_type != SHT_SYMTAB || section->sh_link >= head->e_shnum) continue;
        const Elf64_Shdr *text = &sections[section->sh_link];
        if (!is_inside(section->sh_offset, section->sh_size, bytes)) return;
        if (!is_inside(text->sh_offset, text->sh_size, bytes) || text->sh_size == 0) return;
        symbols = (const Elf64_Sym *)(file + section->sh_offset);
        names = (const char *)(file + text->sh_offset);
        name_bytes = text->sh_size;
        symbol_count = section->sh_size / sizeof *symbols;
    }
}

void cp_symbols_load(void) {
    if (symbols != NULL) return;
    dl_iterate_phdr(note_program, NULL);
    int descriptor = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return;
    struct stat status;
    if (fstat(descriptor, &status) == 0 && status.st_size > 0) {
        void *file = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, descriptor, 0);
        if (file != MAP_FAILED) find_tables(file, (uint64_t)status.st_size);
    }
    close(descriptor);
}

bool cp_symbol_find(uintptr_t address, struct cp_symbol *symbol) {
    if (address < low || address >= high) return false;
    uint64_t wanted = address - bias;
    const Elf64_Sym *best = NULL;
    for (size_t place = 0; place < symbol_count; place++) {
        const Elf64_Sym *one = &symbols[place];
        if (ELF64_ST_TYPE(one->st_info) != STT_FUNC || one->st_value > wanted) continue;
        if (best == NULL || one->st_value > best->st_value) best = one;
    }
    bool is_named = best != NULL && best->st_name < name_bytes;
    symbol->name = is_named ? names + best->st_name : "?";
    symbol->offset = is_named ? wanted - best->st_value : 0;
    symbol->file_address = wanted;
    return true;
}
