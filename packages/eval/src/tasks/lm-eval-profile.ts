/** The harness whose rules the built-in tasks follow, and against whose results they are checked. */
export const lmEvalProfile = 'lm-eval 0.4.13';
