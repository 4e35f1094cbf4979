/*
 * Ops that take elements one by one: SwiGLU and its gradient, add, fill, copy with conversion, zeroing.
 * Tasks are stretches of SPAN elements.
 */
#include "pool.h"
#include "vector-math.h"

#define SPAN 16384

typedef struct {
  isize n;
  const float *a, *b, *c;
  float *out, *out2, scale;
  u32 value;
} Elementwise;

/* Vectors over whole lanes, and a padded last vector. */
#define STRETCH(n, index)                                                                                              \
  isize from = (index) * SPAN, to = min_i(n, from + SPAN);                                                             \
  for (isize i = from; i < to; i += W)

INLINE V load_part(const float *p, isize n) {
  if (n >= W) return load(p);
  float t[W] ALIGNED = {0};
  for (isize i = 0; i < n; i++) t[i] = p[i];
  return load(t);
}
INLINE void store_part(float *p, V v, isize n) {
  if (n >= W) {
    store(p, v);
    return;
  }
  float t[W] ALIGNED;
  store(t, v);
  for (isize i = 0; i < n; i++) p[i] = t[i];
}

/* out = silu(gate) ⊙ up. */
static void swiglu_task(void *args, isize index, char *scratch) {
  (void)scratch;
  Elementwise *t = args;
  STRETCH(t->n, index) {
    V gate = load_part(t->a + i, to - i), up = load_part(t->b + i, to - i);
    store_part(t->out + i, gate * sigmoid_v(gate) * up, to - i);
  }
}
KERNEL(bz_swiglu)(Pool *pool, const float *gate, const float *up, float *out, isize n) {
  Elementwise t = {.n = n, .a = gate, .b = up, .out = out};
  parallel_for(pool, ceil_div(n, SPAN), swiglu_task, &t);
}

/* dGate = dOut ⊙ up ⊙ σ(gate)(1 + gate(1 − σ(gate))); dUp = dOut ⊙ silu(gate). */
static void swiglu_backward_task(void *args, isize index, char *scratch) {
  (void)scratch;
  Elementwise *t = args;
  STRETCH(t->n, index) {
    V gate = load_part(t->a + i, to - i), up = load_part(t->b + i, to - i), d_out = load_part(t->c + i, to - i);
    V s = sigmoid_v(gate), one = splat(1.0f);
    store_part(t->out + i, d_out * up * s * (one + gate * (one - s)), to - i);
    store_part(t->out2 + i, d_out * gate * s, to - i);
  }
}
KERNEL(bz_swiglu_backward)(Pool *pool, const float *gate, const float *up, const float *d_out, float *d_gate,
                           float *d_up, isize n) {
  Elementwise t = {.n = n, .a = gate, .b = up, .c = d_out, .out = d_gate, .out2 = d_up};
  parallel_for(pool, ceil_div(n, SPAN), swiglu_backward_task, &t);
}

/* out = a + scale·b. */
static void add_task(void *args, isize index, char *scratch) {
  (void)scratch;
  Elementwise *t = args;
  V scale = splat(t->scale);
  STRETCH(t->n, index) {
    V product = scale * load_part(t->b + i, to - i);
    store_part(t->out + i, load_part(t->a + i, to - i) + product, to - i);
  }
}
KERNEL(bz_add)(Pool *pool, const float *a, const float *b, float scale, float *out, isize n) {
  Elementwise t = {.n = n, .a = a, .b = b, .scale = scale, .out = out};
  parallel_for(pool, ceil_div(n, SPAN), add_task, &t);
}

/* out = value, as bits: f32 or i32. */
static void fill_task(void *args, isize index, char *scratch) {
  (void)scratch;
  Elementwise *t = args;
  u32 *out = (u32 *)t->out, value = t->value;
  for (isize i = index * SPAN; i < min_i(t->n, (index + 1) * SPAN); i++) out[i] = value;
}
KERNEL(bz_fill)(Pool *pool, float *out, u32 bits, isize n) {
  Elementwise t = {.n = n, .out = out, .value = bits};
  parallel_for(pool, ceil_div(n, SPAN), fill_task, &t);
}

/* 32-bit words, whatever they hold: copies, or zeroes without a source. */
static void words_task(void *args, isize index, char *scratch) {
  (void)scratch;
  Elementwise *t = args;
  isize from = index * SPAN, size = min_i(t->n - from, SPAN) * 4;
  if (t->a) __builtin_memcpy(t->out + from, t->a + from, size);
  else __builtin_memset(t->out + from, 0, size);
}
KERNEL(bz_copy_words)(Pool *pool, const void *source, void *out, isize n) {
  Elementwise t = {.n = n, .a = source, .out = out};
  parallel_for(pool, ceil_div(n, SPAN), words_task, &t);
}

static void to_bf16_task(void *args, isize index, char *scratch) {
  (void)scratch;
  Elementwise *t = args;
  u16 *restrict out = (u16 *)t->out;
  for (isize i = index * SPAN; i < min_i(t->n, (index + 1) * SPAN); i++) out[i] = to_bf16(t->a[i]);
}
KERNEL(bz_f32_to_bf16)(Pool *pool, const float *source, u16 *out, isize n) {
  Elementwise t = {.n = n, .a = source, .out = (float *)out};
  parallel_for(pool, ceil_div(n, SPAN), to_bf16_task, &t);
}

static void from_bf16_task(void *args, isize index, char *scratch) {
  (void)scratch;
  Elementwise *t = args;
  const u16 *restrict source = (const u16 *)t->a;
  for (isize i = index * SPAN; i < min_i(t->n, (index + 1) * SPAN); i++) t->out[i] = from_bf16(source[i]);
}
KERNEL(bz_bf16_to_f32)(Pool *pool, const u16 *source, float *out, isize n) {
  Elementwise t = {.n = n, .a = (const float *)source, .out = out};
  parallel_for(pool, ceil_div(n, SPAN), from_bf16_task, &t);
}
