export { countRowsFile } from './node/count-rows-file.ts';
export { openFolder } from './node/open-folder.ts';
export { folderSink } from './node/folder-sink.ts';
export { openJsonLog, readJsonLog, type JsonLog } from './node/json-log.ts';
export { readJsonlFile, writeJsonlFile } from './node/jsonl-file.ts';
export { readRowsFile, streamRowsFile, streamRowsFiles, streamRowsSource } from './node/read-rows-file.ts';
