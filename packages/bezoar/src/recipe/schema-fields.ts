import { z } from 'zod';

/** What the settings of a recipe are made of. */
export const count: z.ZodNumber = z.number().int().positive();
export const optionalCount: z.ZodOptional<z.ZodNumber> = count.optional();
export const text: z.ZodString = z.string().min(1);

/** Names become folder names. */
export const name: z.ZodString = z
  .string()
  .regex(/^[\w.-]+$/, 'use letters, digits, dots, dashes and underscores');
