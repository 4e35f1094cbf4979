import { BezoarError } from '@bezoar/core';
import { createDuplicateIndex } from '../../text/duplicate-index.ts';
import { createMinHashIndex } from '../minhash/minhash-index.ts';
import { contaminationWords } from './contamination-words.ts';
import type { EvalDocument } from './eval-document.ts';
import { createPhraseIndex, type PhraseIndex } from './phrase-index.ts';

export interface ContaminationIndexOptions {
  /** Exactly the documents of the evaluation that will be run: see `evalDocuments`. */
  readonly documents: Iterable<EvalDocument> | AsyncIterable<EvalDocument>;
  /** Words that must follow each other in both texts; 13 by default (Brown et al. 2020, appendix C). */
  readonly ngram?: number;
  /** A shorter document must be a whole text, not a part of one: `What is it?` stands in too many; 5 words by default. */
  readonly wholeTextBelow?: number;
  /** `rouge-l` (the default) finds changed names and numbers but compares every pair; `minhash` is for millions of pairs. */
  readonly near?: 'rouge-l' | 'minhash' | 'none';
  /** ROUGE-L F above which, or Jaccard from which, two texts are near-duplicates; 0.7 by default. */
  readonly threshold?: number;
}

export interface Contamination {
  readonly reason: 'contaminated-ngram' | 'contaminated-near-duplicate';
  readonly task: string;
  readonly document: string;
  /** The words in common, or how the texts were compared. */
  readonly evidence: string;
}

export interface ContaminationIndex {
  /** How many documents it holds. */
  readonly size: number;
  find(text: string): Contamination | undefined;
}

/** Reads all documents of an evaluation. Throws BezoarError BAD_CONFIG, EMPTY_DATASET when there is none with words. */
export async function createContaminationIndex(
  options: ContaminationIndexOptions,
): Promise<ContaminationIndex> {
  const { ngram = 13, wholeTextBelow = 5, near = 'rouge-l', threshold = 0.7 } = options;
  if (!Number.isInteger(ngram) || ngram < 1)
    throw new BezoarError('BAD_CONFIG', `ngram is ${ngram}; it must be a positive integer.`);
  const documents: EvalDocument[] = [];
  const phrases = createPhraseIndex(ngram);
  const phraseDocuments: EvalDocument[] = [];
  const whole = new Map<string, EvalDocument>();
  const similar = createSimilarIndex(near, threshold);
  for await (const document of options.documents) {
    const words = contaminationWords(document.text);
    if (words.length === 0) continue;
    documents.push(document);
    if (words.length >= Math.min(wholeTextBelow, ngram)) {
      phrases.add(words);
      phraseDocuments.push(document);
    } else if (!whole.has(words.join(' '))) whole.set(words.join(' '), document);
    similar.add(document, words);
  }
  if (documents.length === 0)
    throw new BezoarError('EMPTY_DATASET', 'There are no evaluation documents to compare with.', {
      advice: 'Check the path and the fields of the evaluation rows.',
    });
  return {
    size: documents.length,
    find(text) {
      const words = contaminationWords(text);
      if (words.length === 0) return undefined;
      return findWhole(whole, words) ?? findPhrase(phrases, phraseDocuments, words) ?? similar.find(words);
    },
  };
}

function findWhole(
  whole: ReadonlyMap<string, EvalDocument>,
  words: readonly string[],
): Contamination | undefined {
  const document = whole.get(words.join(' '));
  return document && toContamination('contaminated-ngram', document, `"${words.join(' ')}"`);
}

function findPhrase(
  phrases: PhraseIndex,
  documents: readonly EvalDocument[],
  words: readonly string[],
): Contamination | undefined {
  const phrase = phrases.find(words);
  return (
    phrase &&
    toContamination('contaminated-ngram', documents[phrase.document]!, `"${phrase.words.join(' ')}"`)
  );
}

interface SimilarIndex {
  add(document: EvalDocument, words: readonly string[]): void;
  find(words: readonly string[]): Contamination | undefined;
}

/** Both indexes get the normalised words, so that they see what the n-grams see. */
function createSimilarIndex(near: 'rouge-l' | 'minhash' | 'none', threshold: number): SimilarIndex {
  const byText = new Map<string, EvalDocument>();
  const reason = 'contaminated-near-duplicate';
  const rouge = createDuplicateIndex({ threshold });
  const minHash = createMinHashIndex({ threshold });
  return {
    add(document, words) {
      const text = words.join(' ');
      if (near === 'none' || byText.has(text)) return;
      byText.set(text, document);
      if (near === 'rouge-l') rouge.add(text);
      else minHash.add(text, text);
    },
    find(words) {
      const text = words.join(' ');
      if (near === 'rouge-l') {
        const finding = rouge.find(text);
        return finding && toContamination(reason, byText.get(finding.of)!, `ROUGE-L above ${threshold}`);
      }
      const [nearest] = minHash.find(text);
      return (
        nearest &&
        toContamination(reason, byText.get(nearest.id)!, `Jaccard ${nearest.similarity.toFixed(3)}`)
      );
    },
  };
}

function toContamination(
  reason: Contamination['reason'],
  { task, id }: EvalDocument,
  evidence: string,
): Contamination {
  return { reason, task, document: id, evidence };
}
