/* Set operations on a guest's table of mappings: private to runtime/vm. The caller holds mm->lock. Addresses are page
 * aligned guest addresses, ranges [start, end). */
#ifndef CALQUE_RUNTIME_VM_REGIONS_H
#define CALQUE_RUNTIME_VM_REGIONS_H

#include "runtime/vm/mm.h"

/* Makes an empty table. */
void regions_init(struct mm *mm);
/* The first region that ends after addr: the one that holds it, or the next; NULL if there is none. A region's end gives the
 * next one. What is returned is good until the next change. */
const struct mm_region *regions_first(const struct mm *mm, gaddr addr);
/* The region that holds addr; the last one that ends at or below it. NULL if there is none. */
const struct mm_region *regions_at(const struct mm *mm, gaddr addr);
const struct mm_region *regions_below(const struct mm *mm, gaddr addr);
/* Forgets what is in the range, splitting at its ends. */
void regions_remove(struct mm *mm, gaddr start, gaddr end);
/* Puts a region in, in place of what was there; joins it to equal neighbours. */
void regions_add(struct mm *mm, const struct mm_region *r);
/* Gives what is mapped in the range another protection; joins what has become equal. */
void regions_protect(struct mm *mm, gaddr start, gaddr end, int prot);
/* Names the region that holds addr, if there is one. */
void regions_name(struct mm *mm, gaddr addr, const char *name);
/* True if every byte is mapped; if none is. */
bool regions_covered(const struct mm *mm, gaddr start, gaddr end);
bool regions_free(const struct mm *mm, gaddr start, gaddr end);
/* Highest free range of len bytes that ends at or below `top` and begins at or above `bottom`; 0 if there is none. */
gaddr regions_gap_below(const struct mm *mm, gaddr top, u64 len, gaddr bottom);

#endif
