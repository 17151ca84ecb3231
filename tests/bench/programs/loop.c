// An interpreter's switch loop: a small stack machine counts primes.
#include <stdio.h>

enum { PUSH, LOAD, STORE, ADD, MOD, LESS, JUMP, JUMP_IF_ZERO, PRINT, HALT };

static const int code[] = {
    /*  0 */ PUSH, 2,      STORE, 0,           /* n = 2 */
    /*  4 */ LOAD, 0,      PUSH, 9000,  LESS,  JUMP_IF_ZERO, 60,
    /* 11 */ PUSH, 2,      STORE, 1,           /* d = 2 */
    /* 15 */ LOAD, 1,      LOAD, 0,     LESS,  JUMP_IF_ZERO, 43,
    /* 22 */ LOAD, 0,      LOAD, 1,     MOD,   JUMP_IF_ZERO, 50,
    /* 29 */ LOAD, 1,      PUSH, 1,     ADD,   STORE, 1,
    /* 36 */ JUMP, 15,     HALT, HALT,  HALT,  HALT, HALT,
    /* 43 */ LOAD, 2,      PUSH, 1,     ADD,   STORE, 2,
    /* 50 */ LOAD, 0,      PUSH, 1,     ADD,   STORE, 0, JUMP, 4, HALT,
    /* 60 */ PRINT, HALT,
};

int main(void)
{
    int stack[16], *sp = stack, var[3] = {0};
    for (const int *pc = code;;)
        switch (*pc++) {
        case PUSH: *sp++ = *pc++; break;
        case LOAD: *sp++ = var[*pc++]; break;
        case STORE: var[*pc++] = *--sp; break;
        case ADD: sp--, sp[-1] += sp[0]; break;
        case MOD: sp--, sp[-1] %= sp[0]; break;
        case LESS: sp--, sp[-1] = sp[-1] < sp[0]; break;
        case JUMP: pc = code + *pc; break;
        case JUMP_IF_ZERO: pc = *--sp ? pc + 1 : code + *pc; break;
        case PRINT: printf("%d\n", var[2]); break;
        case HALT: return 0;
        }
}
