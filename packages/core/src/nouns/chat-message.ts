import { z } from 'zod';

/** One turn of a conversation. */
export const chatMessageSchema: z.ZodObject<{
  role: z.ZodEnum<{ system: 'system'; user: 'user'; assistant: 'assistant' }>;
  content: z.ZodString;
}> = z.object({
  role: z.enum(['system', 'user', 'assistant']),
  content: z.string(),
});

export type ChatMessage = z.output<typeof chatMessageSchema>;
