/*
 * AdamW with both moments in 8 bits (Dettmers et al. 2022): blocks of 256 values, each map[code]·absmax of its block.
 *
 * Finding the nearest entry of a map is a search through 128 or 256 values. Here it is one look-up: the upper 16 bits of a float name
 * a cell of 1/128 of an octave, which holds at most one midpoint between two entries. A table has for every cell the rank of the
 * entry below that midpoint, and the midpoint (or infinity).
 */
#include "pool.h"

#define MOMENT_BLOCK 256
/* From 2⁻²⁴, below the least midpoint, to 1. As in src/memory/moment-tables.ts. */
#define FIRST_CELL 0x3380
#define CELLS (0x3f80 - FIRST_CELL + 1)

typedef struct {
  float map[256];
  float limits[CELLS];
  u8 ranks[CELLS];
} MomentTable;

typedef struct {
  isize n;
  float *param, *m_absmax, *v_absmax;
  const float *grad;
  u8 *m_codes, *v_codes;
  const MomentTable *m_table, *v_table;
  float beta1, rest1, beta2, rest2, decay, step_size, root_correction, eps, grad_scale;
} Optimizer8bit;

/* The ranks of a block's magnitudes. Cells first, for that loop is vectors; the look-up has no branch. */
INLINE void rank_block(const MomentTable *table, const float *magnitudes, i32 *ranks) {
  i32 cells[MOMENT_BLOCK] ALIGNED;
  for (int i = 0; i < MOMENT_BLOCK; i += W) {
    VI cell = ((VI)load(magnitudes + i) >> 16) - FIRST_CELL;
    cell &= cell > 0;
    VI above = cell > CELLS - 1;
    *(VI_any *)(cells + i) = (cell & ~above) | ((CELLS - 1) & above);
  }
  for (int i = 0; i < MOMENT_BLOCK; i++)
    ranks[i] = table->ranks[cells[i]] + (magnitudes[i] > table->limits[cells[i]]);
}

/* The magnitudes of a padded block, divided by the greatest one, which is returned. */
INLINE float normalise_block(const float *values, float *magnitudes) {
  V greatest = splat(0.0f);
  for (int i = 0; i < MOMENT_BLOCK; i += W) {
    V magnitude = (V)((VI)load(values + i) & 0x7fffffff);
    greatest = max_v(greatest, magnitude);
    store(magnitudes + i, magnitude);
  }
  float absmax = max_lanes(greatest);
  V divisor = splat(absmax > 0 ? absmax : 1.0f);
  for (int i = 0; i < MOMENT_BLOCK; i += W) store(magnitudes + i, load(magnitudes + i) / divisor);
  return absmax;
}

static void adam_w_8bit_block(const Optimizer8bit *o, isize block) {
  isize from = block * MOMENT_BLOCK, count = min_i(MOMENT_BLOCK, o->n - from);
  float m[MOMENT_BLOCK] ALIGNED = {0}, v[MOMENT_BLOCK] ALIGNED = {0};
  u8 *restrict m_codes = o->m_codes + from, *restrict v_codes = o->v_codes + from;
  float m_absmax = o->m_absmax[block], v_absmax = o->v_absmax[block];
  for (isize i = 0; i < count; i++) {
    m[i] = o->m_table->map[m_codes[i]] * m_absmax;
    v[i] = o->v_table->map[v_codes[i]] * v_absmax;
  }
  float *restrict param = o->param + from;
  const float *restrict grad = o->grad + from;
  float beta1 = o->beta1, rest1 = o->rest1, beta2 = o->beta2, rest2 = o->rest2, decay = o->decay;
  float step_size = o->step_size, root_correction = o->root_correction, eps = o->eps, grad_scale = o->grad_scale;
  for (isize i = 0; i < count; i++) {
    float g = grad[i] * grad_scale;
    m[i] = beta1 * m[i] + rest1 * g;
    v[i] = beta2 * v[i] + rest2 * g * g;
    param[i] = param[i] * decay - step_size * m[i] / (__builtin_sqrtf(v[i]) / root_correction + eps);
  }
  float magnitudes[MOMENT_BLOCK] ALIGNED;
  i32 ranks[MOMENT_BLOCK] ALIGNED;
  o->m_absmax[block] = normalise_block(m, magnitudes);
  rank_block(o->m_table, magnitudes, ranks);
  for (isize i = 0; i < count; i++) {
    /* A negative value keeps its sign, and has no entry of magnitude 1. */
    i32 negative = m[i] < 0, rank = ranks[i] + (negative & (ranks[i] == 0)) - (negative & (ranks[i] == 128));
    m_codes[i] = (u8)(127 + (rank ^ -negative) + negative);
  }
  o->v_absmax[block] = normalise_block(v, magnitudes);
  rank_block(o->v_table, magnitudes, ranks);
  for (isize i = 0; i < count; i++) v_codes[i] = (u8)ranks[i];
}

#define BLOCKS_PER_TASK 64

static void adam_w_8bit_task(void *args, isize index, char *scratch) {
  (void)scratch;
  const Optimizer8bit *o = args;
  isize end = min_i(ceil_div(o->n, MOMENT_BLOCK), (index + 1) * BLOCKS_PER_TASK);
  for (isize block = index * BLOCKS_PER_TASK; block < end; block++) adam_w_8bit_block(o, block);
}

KERNEL(bz_adam_w_8bit)(Pool *pool, float *param, const float *grad, u8 *m_codes, float *m_absmax, u8 *v_codes, float *v_absmax,
                       const void *m_table, const void *v_table, isize n, float beta1, float rest1, float beta2, float rest2,
                       float decay, float step_size, float root_correction, float eps, float grad_scale) {
  Optimizer8bit o = {.n = n, .param = param, .grad = grad, .m_codes = m_codes, .m_absmax = m_absmax, .v_codes = v_codes,
                     .v_absmax = v_absmax, .m_table = m_table, .v_table = v_table, .beta1 = beta1, .rest1 = rest1,
                     .beta2 = beta2, .rest2 = rest2, .decay = decay, .step_size = step_size,
                     .root_correction = root_correction, .eps = eps, .grad_scale = grad_scale};
  parallel_for(pool, ceil_div(ceil_div(n, MOMENT_BLOCK), BLOCKS_PER_TASK), adam_w_8bit_task, &o);
}
