import type { ModelSource } from '../shared/protocol.ts';
import { byId } from './element.ts';
import { megabytes } from './megabytes.ts';

export interface ModelPicker {
  /** Undefined where a folder is wanted and none was chosen; the page says so, and returns to the button. */
  source(): ModelSource | undefined;
}

/** The tiny model, or a folder of the user's: chosen or dropped. Files are only referred to; nothing is read here. */
export function createModelPicker(announce: (message: string) => void): ModelPicker {
  const input = byId('folder', HTMLInputElement);
  const button = byId('choose-folder', HTMLButtonElement);
  const facts = byId('folder-facts', HTMLElement);
  const error = byId('model-error', HTMLElement);
  const radio = document.querySelector<HTMLInputElement>('input[name=model][value=files]')!;
  const zone = radio.closest<HTMLElement>('label')!;
  let folder: Extract<ModelSource, { kind: 'files' }> | undefined;

  function take(name: string, files: readonly File[]): void {
    if (files.length === 0) return;
    folder = { kind: 'files', name, files };
    radio.checked = true;
    const bytes = files.reduce((sum, { size }) => sum + size, 0);
    const problem = problemOf(files);
    error.hidden = problem === undefined;
    error.textContent = problem ?? '';
    facts.textContent = `${name}: ${files.length} files, ${megabytes(bytes)}`;
    if (problem === undefined) announce(`Model folder ${name} chosen.`);
  }

  button.addEventListener('click', () => input.click());
  input.addEventListener('change', () => {
    // Only what lies in the folder itself: a checkout has more below.
    const files = [...(input.files ?? [])].filter(
      ({ webkitRelativePath: path }) => path.split('/').length <= 2,
    );
    take(files[0]?.webkitRelativePath.split('/')[0] ?? 'folder', files);
  });
  for (const type of ['dragenter', 'dragover'] as const) {
    zone.addEventListener(type, (event) => {
      event.preventDefault();
      zone.classList.add('over');
    });
  }
  for (const type of ['dragleave', 'drop'] as const)
    zone.addEventListener(type, () => zone.classList.remove('over'));
  zone.addEventListener('drop', (event) => {
    event.preventDefault();
    if (event.dataTransfer !== null)
      void droppedFiles(event.dataTransfer).then(({ name, files }) => take(name, files));
  });

  return {
    source() {
      if (!radio.checked) {
        error.hidden = true;
        return { kind: 'bundled', url: new URL('./model/', document.baseURI).href };
      }
      const problem = folder === undefined ? 'Choose a model folder first.' : problemOf(folder.files);
      error.hidden = problem === undefined;
      error.textContent = problem ?? '';
      if (problem === undefined) return folder;
      button.focus();
      return undefined;
    },
  };
}

function problemOf(files: readonly File[]): string | undefined {
  const names = files.map(({ name }) => name);
  const missing = [
    ...(names.includes('config.json') ? [] : ['config.json']),
    ...(names.some((name) => /\.(safetensors|bin)$/.test(name)) ? [] : ['weights (model.safetensors)']),
    ...(names.some((name) => name === 'tokenizer.json' || name === 'tokenizer.model')
      ? []
      : ['a tokenizer (tokenizer.json)']),
  ];
  return missing.length === 0 ? undefined : `The folder lacks ${missing.join(', ')}.`;
}

/** A dropped folder's files, or the dropped files themselves. */
async function droppedFiles(
  transfer: DataTransfer,
): Promise<{ readonly name: string; readonly files: readonly File[] }> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry());
  const loose = [...transfer.files];
  const directory = entries.find((entry) => entry?.isDirectory === true) as
    FileSystemDirectoryEntry | undefined;
  if (directory === undefined) return { name: 'dropped files', files: loose };
  const reader = directory.createReader();
  const files: File[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return { name: directory.name, files };
    for (const entry of some) {
      if (!entry.isFile) continue;
      files.push(
        await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject)),
      );
    }
  }
}
