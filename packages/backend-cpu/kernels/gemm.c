/*
 * C[M,N] = A·B + bias, or C += A·B: every matrix product of the contract.
 *
 * A: f32, stored [M][K] or (a_columns) [K][M]. B: a weight in any format, stored [N][K] (b_rows: x·Wᵀ) or [K][N]
 * (dOut·W, dOutᵀ·x). k runs in fixed blocks of KC words, so an element's sum never depends on how the work is cut (few-rows.h
 * sums in lanes; one_chain keeps it away). With a_columns, where k counts tokens, a block goes on with the sum that is in
 * C: one chain of multiply-adds over all tokens, however they are cut into calls.
 *
 * A is packed once (in slabs of rows that fit the shared scratch). Then tasks take blocks of columns: pack k × columns
 * of B into the thread's scratch, where NF4 is decoded on the way, and run the tile over all rows of the slab.
 */
#include "few-rows.h"
#include "micro-kernel.h"
#include "pool.h"

#define MAX_NC 512
/* Rows that one packing task takes. */
#define PACK_PANELS 4

typedef struct {
  isize m, n, k, kc, nc, row_part, column_tasks;
  const float *a;
  isize lda, a_columns;
  Weight b;
  isize b_rows;
  float *c;
  isize ldc;
  int accumulate, bf16;
  const float *bias;
  float *packed;
  isize panel_stride;
} Gemm;

INLINE isize words_of(isize k, int bf16) { return bf16 ? (k + 1) / 2 : k; }

/* Packed A: [panel][k block][words][MR]. */
static void pack_a_task(void *args, isize index, char *scratch) {
  Gemm *g = args;
  isize panels = ceil_div(g->m, MR);
  for (isize p = index * PACK_PANELS; p < min_i(panels, (index + 1) * PACK_PANELS); p++) {
    isize row = p * MR, count = min_i(MR, g->m - row);
    float *dst = g->packed + p * g->panel_stride;
    for (isize k = 0; k < g->k; k += g->kc) {
      isize depth = min_i(g->kc, g->k - k);
      isize size = words_of(depth, g->bf16) * MR;
      if (g->a_columns) {
        pack_a_columns(g->a + k * g->lda + row, g->lda, count, depth, g->bf16, dst);
      } else {
        /* Through the scratch, because wide stores reach past the panel, where another thread writes. */
        float *own = (float *)scratch;
        pack_a_rows(g->a + row * g->lda + k, g->lda, count, depth, g->bf16, own, own + KC * MR + 64);
        __builtin_memcpy(dst, own, size * 4);
      }
      dst += size;
    }
  }
}

static void multiply_task(void *args, isize index, char *scratch) {
  Gemm *g = args;
  isize column = index % g->column_tasks * g->nc, row = index / g->column_tasks * g->row_part;
  isize columns = min_i(g->nc, g->n - column), rows = min_i(g->row_part, g->m - row);
  float *panel = (float *)scratch, *buffer = panel + KC * MAX_NC;
  const float *a = g->packed + row / MR * g->panel_stride;
  for (isize k = 0; k < g->k; k += g->kc) {
    isize depth = min_i(g->kc, g->k - k), words = words_of(depth, g->bf16);
    if (g->b_rows) pack_b_rows(&g->b, column, columns, k, depth, g->bf16, panel, buffer);
    else pack_b_columns(&g->b, column, columns, k, depth, g->bf16, panel, buffer);
    int mode = !g->accumulate && k == 0 ? SET : g->a_columns ? CHAIN : ADD;
    multiply_panels(rows, columns, words, a, g->panel_stride, panel, g->c + row * g->ldc + column, g->ldc,
                    mode, g->bias ? g->bias + column : 0, g->bf16);
    a += words * MR;
  }
}

/* Cuts columns into `count` blocks, and rows too where that gives every thread a few tasks. Gives the longest thread's work. */
static isize cut_into(Gemm *g, isize count, isize wanted, isize threads) {
  g->nc = round_up(ceil_div(g->n, count), NR);
  g->column_tasks = ceil_div(g->n, g->nc);
  isize parts = max_i(1, min_i(ceil_div(wanted, g->column_tasks), g->m / (4 * MR)));
  g->row_part = round_up(ceil_div(g->m, parts), MR);
  return ceil_div(g->column_tasks * ceil_div(g->m, g->row_part), threads) * g->nc * g->row_part;
}

/* Blocks as wide as the L2 likes, or somewhat narrower, so that all threads end at the same time. */
static void plan_tasks(Gemm *g, isize threads) {
  isize wanted = threads > 1 ? 4 * threads : 1, narrowest = 4 * NR;
  isize fewest = max_i(ceil_div(g->n, MAX_NC), min_i(wanted, ceil_div(g->n, narrowest))), best = fewest;
  isize least = cut_into(g, fewest, wanted, threads);
  for (isize count = fewest + 1; count <= 2 * fewest && g->n / count >= narrowest; count++) {
    isize work = cut_into(g, count, wanted, threads);
    if (work < least) least = work, best = count;
  }
  cut_into(g, best, wanted, threads);
}

KERNEL(bz_gemm)(Pool *pool, isize m, isize n, isize k, const float *a, isize lda, isize a_columns, isize b_rows,
                float *c, isize ldc, isize accumulate, const float *bias, isize bf16, isize one_chain,
                WEIGHT_PARAMETERS) {
  Gemm g = {.m = m, .n = n, .k = k, .a = a, .lda = lda, .a_columns = a_columns, .b = WEIGHT_ARGUMENTS,
            .b_rows = b_rows, .c = c, .ldc = ldc, .accumulate = (int)accumulate, .bias = bias,
            .bf16 = HAS_BF16 && bf16};
  if (b_rows && !a_columns && m <= FEW && !one_chain) {
    FewRows few = {.m = m, .n = n, .k = k, .x = a, .ldx = lda, .w = WEIGHT_ARGUMENTS, .c = c, .ldc = ldc,
                   .accumulate = (int)accumulate, .bias = bias, .bf16 = g.bf16};
    multiply_few_rows(pool, &few);
    return;
  }
  g.kc = g.bf16 ? 2 * KC : KC;
  /* Only the last block can be odd, so a row's words are the sum of its blocks' words. */
  g.panel_stride = words_of(k, g.bf16) * MR;
  g.packed = (float *)pool->shared_scratch;
  isize slab = max_i(1, pool->shared_bytes / 4 / g.panel_stride) * MR;
  for (isize row = 0; row < m; row += slab) {
    g.m = min_i(slab, m - row);
    g.a = a + (a_columns ? row : row * lda);
    g.c = c + row * ldc;
    plan_tasks(&g, pool->threads);
    parallel_for(pool, ceil_div(ceil_div(g.m, MR), PACK_PANELS), pack_a_task, &g);
    parallel_for(pool, g.column_tasks * ceil_div(g.m, g.row_part), multiply_task, &g);
  }
}
