/*
 * AdamW (Loshchilov and Hutter 2019) as torch writes it, and the sum of squares that gradient clipping needs.
 */
#include "pool.h"

#define OPTIMIZER_SPAN 16384

typedef struct {
  isize n;
  float *param, *m, *v;
  const float *grad;
  float beta1, rest1, beta2, rest2, decay, step_size, root_correction, eps, grad_scale;
  double *partial;
} Optimizer;

/* rest = 1 − β, taken in f64 by the caller. g = grad·grad_scale; m ← β1·m + (1−β1)·g; v ← β2·v + (1−β2)·g²; p ← p·decay − step_size·m / (√v/root_correction + eps). */
static void adam_w_task(void *args, isize index, char *scratch) {
  (void)scratch;
  Optimizer o = *(Optimizer *)args;
  float *restrict param = o.param, *restrict m = o.m, *restrict v = o.v;
  const float *restrict grad = o.grad;
  for (isize i = index * OPTIMIZER_SPAN; i < min_i(o.n, (index + 1) * OPTIMIZER_SPAN); i++) {
    float g = grad[i] * o.grad_scale;
    m[i] = o.beta1 * m[i] + o.rest1 * g;
    v[i] = o.beta2 * v[i] + o.rest2 * g * g;
    param[i] = param[i] * o.decay - o.step_size * m[i] / (__builtin_sqrtf(v[i]) / o.root_correction + o.eps);
  }
}
KERNEL(bz_adam_w)(Pool *pool, float *param, const float *grad, float *m, float *v, isize n, float beta1, float rest1,
                  float beta2, float rest2, float decay, float step_size, float root_correction, float eps, float grad_scale) {
  Optimizer o = {.n = n, .param = param, .m = m, .v = v, .grad = grad, .beta1 = beta1, .rest1 = rest1,
                 .beta2 = beta2, .rest2 = rest2, .decay = decay, .step_size = step_size, .root_correction = root_correction, .eps = eps, .grad_scale = grad_scale};
  parallel_for(pool, ceil_div(n, OPTIMIZER_SPAN), adam_w_task, &o);
}

/* partial[index] = Σ x² over a stretch, in f64. */
static void sum_of_squares_task(void *args, isize index, char *scratch) {
  (void)scratch;
  Optimizer *o = args;
  isize from = index * OPTIMIZER_SPAN, to = min_i(o->n, from + OPTIMIZER_SPAN);
  double sums[8] = {0};
  isize i = from;
  for (; i + 8 <= to; i += 8) {
    for (int j = 0; j < 8; j++) sums[j] += (double)o->grad[i + j] * (double)o->grad[i + j];
  }
  for (; i < to; i++) sums[0] += (double)o->grad[i] * (double)o->grad[i];
  o->partial[index] = ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}
/* *total += Σ x². Partial sums lie in the shared scratch: one f64 for OPTIMIZER_SPAN elements. */
KERNEL(bz_sum_of_squares)(Pool *pool, const float *x, isize n, double *total) {
  Optimizer o = {.n = n, .grad = x, .partial = (double *)pool->shared_scratch};
  parallel_for(pool, ceil_div(n, OPTIMIZER_SPAN), sum_of_squares_task, &o);
  for (isize i = 0; i < ceil_div(n, OPTIMIZER_SPAN); i++) *total += o.partial[i];
}
