/*
 * isagen turns `.isa` instruction tables into C: decoder, printer, lifter prototypes, dispatcher, row table.
 *
 * The way of the data inside the tool: parse*.c reads statements into a struct isagen; model.c merges rows
 * with their formats and names the argument structs; check.c proves that no two rows overlap by accident;
 * tree.c plans the decision tree; emit_*.c writes the files. README.md is the reference of the row language.
 *
 * Only main.c, these files and the tests include this header. Generated code includes isa_rows.h instead.
 */
#ifndef CALQUE_FRONTEND_ISAGEN_ISAGEN_H
#define CALQUE_FRONTEND_ISAGEN_ISAGEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
    MAX_PIECES = 8,    /* pieces of one field */
    MAX_ARGS = 24,     /* arguments of one row */
    MAX_CONDS = 16,    /* conditions of one row or alias */
    MAX_PARTS = 64,    /* parts of one print template */
    MAX_NAMES = 64,    /* features, attribute words: they live in 64-bit masks */
    MAX_DEPTH = 16,    /* nesting of groups */
    MAX_ERRORS = 20,   /* then the tool gives up */
    MAX_PART_ARGS = 4, /* fields handed to one print kind */
};

/* A place in the input. `text` is the physical line the statement starts on, for messages. */
struct loc {
    const char *file;
    int line;
    const char *text;
};

struct piece {
    uint8_t pos, len; /* bits pos .. pos+len-1 */
};

/* A value cut out of the word: pieces, most significant first. */
struct field {
    const char *name;
    struct loc loc;
    struct piece piece[MAX_PIECES];
    uint8_t pieces;
    uint8_t bits; /* sum of the lengths */
    uint8_t shift;
    bool is_signed;
    const char *map; /* guest function applied after extraction, or NULL */
};

enum arg_kind { ARG_FIELD, ARG_REF, ARG_CONST };

struct arg {
    const char *name;
    enum arg_kind kind;
    bool is_signed;
    struct field field; /* ARG_FIELD; ARG_REF once resolved */
    const char *ref;    /* ARG_REF */
    int64_t value;      /* ARG_CONST */
};

enum cond_op { OP_EQ, OP_NE, OP_LT, OP_LE, OP_GT, OP_GE };

struct operand {
    const char *name;      /* NULL: a number. A leading % names a field that is no argument */
    const struct arg *arg; /* resolved: points into the row's arguments, or at a private ARG_FIELD */
    int64_t value;
};

struct cond {
    struct operand lhs, rhs;
    enum cond_op op;
};

/* What formats and rows have in common. Bits: fixed and value, ignored (`-`, `+`), ones (`+`). */
struct pattern {
    uint32_t fixed, value, ignored, ones;
    unsigned width; /* bits given; 0: no bit pattern */
    struct arg arg[MAX_ARGS];
    unsigned args;
    struct cond cond[MAX_CONDS];
    unsigned conds;
    uint64_t need, forbid; /* features, resolved */
    const char *features[8];
    unsigned nfeatures;
    const char *attrs[8];
    unsigned nattrs;
    const char *argset; /* from &name */
};

struct format {
    const char *name;
    struct loc loc;
    struct set *set;
    struct pattern p;
    struct format *next;
};

enum part_kind { PART_TEXT, PART_DEC, PART_HEX, PART_CALL, PART_CHOICE };

struct part {
    enum part_kind kind;
    const char *text; /* PART_TEXT; PART_CALL: the kind; PART_CHOICE: words joined by | */
    bool by_index;    /* PART_CHOICE: {=f:a|b|c}, else {?f:nonzero|zero} */
    const char *field[MAX_PART_ARGS];
    unsigned fields;
};

struct template
{
    const char *source;
    struct part part[MAX_PARTS];
    unsigned parts;
};

/* `{ }` is ordered, `[ ]` and the file level are not. */
struct group {
    struct group *up;
    bool ordered;
    int depth;
    struct loc loc;
};

struct alias {
    const char *row_name;
    struct loc loc;
    struct set *set;
    struct pattern p; /* conditions only */
    struct template print;
    struct alias *next;
    struct alias *row_next; /* next alias of the same row */
};

/* An argument struct, guest wide: GUEST_args_<name>. Equal lists share one; the other names are synonyms. */
struct argset {
    const char *name;
    struct loc loc;
    bool declared; /* by &name */
    const char *field[MAX_ARGS];
    bool is_signed[MAX_ARGS];
    unsigned fields;
    struct argset *same; /* the struct this one is a synonym of, or NULL */
    struct argset *next;
};

struct row {
    const char *name;
    struct loc loc;
    struct set *set;
    const char *format_name, *ref, *lift;
    struct pattern p; /* after model.c: merged with the format's */
    struct template print;
    struct argset *args;
    struct alias *aliases;
    struct group *group;
    uint64_t attrs;
    bool todo;
    int id;        /* index in its set */
    int extractor; /* emit_decode.c: number of the function that fills the arguments */
    struct row *next;
};

struct set {
    const char *name;
    struct loc loc;
    unsigned width;
    struct group root;
    struct row *row, **row_tail; /* in file order */
    struct format *format;
    struct field_def *field;
    struct alias *alias, **alias_tail;
    int rows;
    struct set *next;
};

struct field_def {
    struct field f;
    struct field_def *next;
};

/* A print kind or map function the guest must write. */
struct callee {
    const char *name;
    struct loc loc;
    unsigned arity;
    struct callee *next;
};

struct isagen {
    struct chunk *chunks; /* every allocation; freed together */
    FILE *err;
    int errors;
    const char *guest;
    struct loc guest_loc;
    struct set *sets, **set_tail;
    struct argset *argsets, **argset_tail;
    struct callee *kinds, *maps;
    const char *feature[MAX_NAMES];
    unsigned features;
    const char *attr[MAX_NAMES];
    unsigned attrs;
};

/* util.c: memory, messages, names. Memory exhaustion ends the tool. */
void isagen_init(struct isagen *g, FILE *err);
void isagen_free(struct isagen *g);
void *isagen_alloc(struct isagen *g, size_t size); /* zeroed */
char *isagen_strndup(struct isagen *g, const char *s, size_t n);
bool isagen_error(struct isagen *g, const struct loc *at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4))); /* always false */
bool isagen_is_ident(const char *s, size_t n);
bool isagen_is_keyword(const char *s);
bool isagen_number(const char *s, int64_t *out); /* whole string; decimal, 0x, 0b, leading minus */
int isagen_find_name(const char *const *names, unsigned n, const char *name); /* index or -1 */

/* lex.c: one logical line at a time, cut into tokens. */
enum { MAX_TOKENS = 128 };
struct token {
    const char *s; /* NUL-terminated; a string without its quotes, escapes untouched */
    bool is_string;
};
struct lexer {
    struct isagen *g;
    const char *file, *p, *end;
    int line;
    struct loc loc; /* of the statement */
    struct token tok[MAX_TOKENS];
    unsigned toks;
};
void isagen_lex_init(struct lexer *lx, struct isagen *g, const char *file, const char *text, size_t len);
/* Reads the next statement that is not empty. False at the end of input; a broken line is reported and
 * skipped. */
bool isagen_lex(struct lexer *lx);

/* parse.c, parse_row.c, template.c */
void isagen_parse(struct isagen *g, const char *file, const char *text, size_t len);
struct field *isagen_find_field(struct set *s, const char *name);
bool isagen_parse_field(struct isagen *g, const struct lexer *lx, struct field *f, unsigned width);
/* One token of a pattern (bits, field, reference, constant, when, if=, attr=, &args). *i moves over what it
   took. Returns 1 taken, 0 not a pattern token, -1 reported. */
int isagen_parse_pattern(struct isagen *g, const struct lexer *lx, unsigned *i, struct pattern *p,
                         unsigned width);
bool isagen_parse_conds(struct isagen *g, const struct lexer *lx, unsigned *i, struct pattern *p);
bool isagen_parse_template(struct isagen *g, const struct loc *at, const char *s, struct template *t);

/* model.c: everything between parsing and emitting; false when errors were reported. */
bool isagen_resolve(struct isagen *g);
bool isagen_run(struct isagen *g); /* resolve, name the argument structs, check */
const struct arg *isagen_find_arg(const struct pattern *p, const char *name);
struct argset *isagen_real(struct argset *a); /* follows synonyms */

/* args.c: names the argument structs and ties every row to one. */
bool isagen_name_args(struct isagen *g);

/* check.c */
bool isagen_check(struct isagen *g);
uint32_t isagen_field_mask(const struct field *f);
/* What is known about a condition when the bits in `known` have the values in `value`. */
enum truth { FALSE_, TRUE_, MAYBE_ };
enum truth isagen_cond_truth(const struct cond *c, uint32_t known, uint32_t value);
int64_t isagen_extract(const struct field *f, uint32_t word); /* before map= */

/* tree.c: the decision tree of a set. */
struct tree_case {
    struct node *child;
    unsigned *values; /* of the switched field */
    unsigned n;
};
struct node {
    uint32_t known, value; /* bits settled on the way here */
    struct row **row;      /* leaf: candidates, tried in order */
    int rows;
    uint8_t pos, len; /* len > 0: a switch over these bits; no matching case: no encoding */
    struct tree_case *cases;
    unsigned ncases;
};
struct node *isagen_tree(struct isagen *g, const struct set *s);

/* emit_*.c: each writes one file. */
void isagen_emit_guest(const struct isagen *g, FILE *f);
void isagen_emit_header(const struct isagen *g, const struct set *s, FILE *f);
void isagen_emit_decode(struct isagen *g, const struct set *s, FILE *f);
void isagen_emit_lift(const struct isagen *g, const struct set *s, FILE *f);
void isagen_emit_names(const struct set *s, FILE *f);
void isagen_emit_print(const struct isagen *g, const struct set *s, FILE *f);
void isagen_emit_rows(struct isagen *g, const struct set *s, FILE *f);
/* emit.c: shared by them */
void isagen_emit_banner(FILE *f, const char *what);
void isagen_emit_upper(FILE *f, const char *s);
void isagen_emit_id(FILE *f, const struct row *r);
void isagen_emit_extract(FILE *f, const struct field *x, const char *word);
void isagen_emit_cond(FILE *f, const struct cond *c, bool from_args, const char *base);

#endif
