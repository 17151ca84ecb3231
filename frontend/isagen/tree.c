/*
 * Plans the decision tree of a set: switch over the run of bits that separates the candidate rows best, then
 * the same for every case, until few enough candidates are left to test them in file order.
 */
#include "frontend/isagen/isagen.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_WINDOW = 8, LEAF_ROWS = 3, MAX_NODES = 30000 };

struct builder {
    struct isagen *g;
    const struct set *set;
    int nodes;
};

static bool excluded(const struct row *r, uint32_t known, uint32_t value)
{
    if (r->p.fixed & known & (r->p.value ^ value)) return true;
    for (unsigned i = 0; i < r->p.conds; i++)
        if (isagen_cond_truth(&r->p.cond[i], known, value) == FALSE_) return true;
    return false;
}

static bool certain(const struct row *r, uint32_t known, uint32_t value)
{
    if (r->p.fixed & ~known || r->p.need || r->p.forbid) return false;
    for (unsigned i = 0; i < r->p.conds; i++)
        if (isagen_cond_truth(&r->p.cond[i], known, value) != TRUE_) return false;
    return true;
}

/* Keeps the rows that can still match, up to the first that surely does. */
static int prune(struct row **out, struct row *const *in, int n, uint32_t known, uint32_t value)
{
    int kept = 0;
    for (int i = 0; i < n; i++) {
        if (excluded(in[i], known, value)) continue;
        out[kept++] = in[i];
        if (certain(in[i], known, value)) break;
    }
    return kept;
}

static double weight(int n)
{
    return n ? n * (1 + log2(n)) : 0;
}

/* Visits every value of the window that agrees with the row: v runs over value | subsets of the free bits. */
#define EACH_VALUE(v, row, pos, len)                                                                         \
    for (unsigned all_ = (1U << (len)) - 1, free_ = all_ & ~((row)->p.fixed >> (pos)),                       \
                  base_ = (row)->p.value >> (pos)&all_, sub_ = 0, more_ = 1, v = base_;                      \
         more_; sub_ = (sub_ - free_) & free_, more_ = sub_ != 0, v = base_ | sub_)

/* Lower is better; infinite when the window separates nothing. */
static double cost(struct row *const *row, int n, unsigned pos, unsigned len)
{
    int count[1 << MAX_WINDOW] = {0}, most = 0;
    double sum = 0;

    for (int i = 0; i < n; i++) EACH_VALUE(v, row[i], pos, len) count[v]++;
    for (unsigned v = 0; v < 1U << len; v++) {
        sum += weight(count[v]);
        if (count[v] > most) most = count[v];
    }
    return most == n ? INFINITY : sum + 0.02 * (1U << len);
}

static bool edge_bit(struct row *const *row, int n, unsigned bit)
{
    for (int i = 0; i < n; i++)
        if (row[i]->p.fixed >> bit & 1) return true;
    return false;
}

static bool choose(const struct builder *b, struct node *nd)
{
    double best = INFINITY;

    for (unsigned len = 1; len <= MAX_WINDOW; len++) {
        for (unsigned pos = 0; pos + len <= b->set->width; pos++) {
            if (nd->known >> pos & ((1U << len) - 1)) continue;
            if (!edge_bit(nd->row, nd->rows, pos) || !edge_bit(nd->row, nd->rows, pos + len - 1)) continue;
            double c = cost(nd->row, nd->rows, pos, len);
            if (c >= best) continue;
            best = c;
            nd->pos = (uint8_t)pos;
            nd->len = (uint8_t)len;
        }
    }
    if (best == INFINITY || (best >= weight(nd->rows) && nd->rows <= 2 * LEAF_ROWS)) nd->len = 0;
    return nd->len;
}

static struct node *build(struct builder *b, struct row *const *row, int n, uint32_t known, uint32_t value);

/* The values of the window whose candidate lists are equal share a child. */
struct bucket {
    struct row **row;
    int rows;
    unsigned first;
};

static bool same_bucket(const struct bucket *a, const struct bucket *b)
{
    return a->rows == b->rows && !memcmp(a->row, b->row, (size_t)a->rows * sizeof a->row[0]);
}

static void fill_buckets(struct builder *b, const struct node *nd, struct bucket *k)
{
    int count[1 << MAX_WINDOW] = {0};

    for (int i = 0; i < nd->rows; i++) EACH_VALUE(v, nd->row[i], nd->pos, nd->len) count[v]++;
    for (unsigned v = 0; v < 1U << nd->len; v++)
        k[v].row = count[v] ? isagen_alloc(b->g, (size_t)count[v] * sizeof k[v].row[0]) : NULL;
    for (int i = 0; i < nd->rows; i++)
        EACH_VALUE(v, nd->row[i], nd->pos, nd->len) k[v].row[k[v].rows++] = nd->row[i];
}

static void split(struct builder *b, struct node *nd)
{
    unsigned size = 1U << nd->len;
    struct bucket *k = isagen_alloc(b->g, size * sizeof *k);

    fill_buckets(b, nd, k);
    nd->cases = isagen_alloc(b->g, size * sizeof *nd->cases);
    for (unsigned v = 0; v < size; v++) {
        unsigned *values, n = 0;
        uint32_t differ = 0;
        if (!k[v].rows) continue;
        values = isagen_alloc(b->g, size * sizeof *values);
        for (unsigned u = size; u-- > v + 1;) {
            if (!k[u].rows || !same_bucket(&k[v], &k[u])) continue;
            values[n++] = u;
            differ |= u ^ v;
            k[u].rows = 0;
        }
        values[n++] = v;
        uint32_t known = nd->known | (size - 1 - differ) << nd->pos;
        struct node *child = build(b, k[v].row, k[v].rows, known, nd->value | (v & ~differ) << nd->pos);
        if (child->rows || child->len) nd->cases[nd->ncases++] = (struct tree_case){child, values, n};
    }
}

static struct node *build(struct builder *b, struct row *const *row, int n, uint32_t known, uint32_t value)
{
    struct node *nd = isagen_alloc(b->g, sizeof *nd);

    nd->known = known;
    nd->value = value;
    nd->row = isagen_alloc(b->g, (size_t)(n ? n : 1) * sizeof *nd->row);
    nd->rows = prune(nd->row, row, n, known, value);
    if (nd->rows > LEAF_ROWS && b->nodes++ < MAX_NODES && choose(b, nd)) split(b, nd);
    return nd;
}

struct node *isagen_tree(struct isagen *g, const struct set *s)
{
    struct builder b = {g, s, 0};
    struct row **row = isagen_alloc(g, (size_t)s->rows * sizeof *row);
    int n = 0;

    for (struct row *r = s->row; r; r = r->next) row[n++] = r;
    return build(&b, row, n, s->width == 32 ? 0 : UINT32_MAX << s->width, 0);
}
