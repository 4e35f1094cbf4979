import { createSession } from './compute/create-session.ts';
import { openBackend } from './compute/open-backend.ts';
import type { Report, Request } from './shared/protocol.ts';

/** The part of a worker's global scope that is used here. */
interface WorkerScope {
  postMessage(message: Report, transfer?: readonly Transferable[]): void;
  addEventListener(type: 'message', listener: (event: MessageEvent<Request>) => void): void;
}

const scope = globalThis as unknown as WorkerScope;
const channel = new MessageChannel();

const session = createSession({
  openBackend,
  report(report) {
    scope.postMessage(report, report.type === 'file' ? [report.bytes.buffer] : []);
  },
  // A message to oneself comes after those that wait.
  pause: () =>
    new Promise((resolve) => {
      channel.port1.onmessage = () => resolve();
      channel.port2.postMessage(undefined);
    }),
  now: () => performance.now(),
});

scope.addEventListener('message', ({ data }) => void session.handle(data));
