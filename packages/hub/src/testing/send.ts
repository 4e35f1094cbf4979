import type { ServerResponse } from 'node:http';
import type { HubServerFault, HubServerRequest } from './hub-server.ts';

export interface Sender {
  readonly request: HubServerRequest;
  readonly outgoing: ServerResponse;
  readonly fault: HubServerFault | undefined;
}

export function sendJson(sender: Sender, value: unknown): void {
  sender.outgoing.setHeader('content-type', 'application/json');
  sendBytes(Buffer.from(JSON.stringify(value)), sender);
}

export function sendBytes(whole: Buffer, { request, outgoing, fault }: Sender): void {
  const [, first = '0', last = ''] =
    (fault !== 'no-ranges' && /^bytes=(\d+)-(\d*)$/.exec(request.range ?? '')) || [];
  const start = Number(first);
  if (start > 0 && start >= whole.length) {
    refuse(outgoing, 416, { 'content-range': `bytes */${whole.length}` });
    return;
  }
  const end = last === '' ? whole.length : Number(last) + 1;
  const body = Buffer.from(whole.subarray(start, end));
  if (fault === 'corrupt') body[body.length >> 1]! ^= 1;
  if (start > 0 || last !== '') {
    outgoing.statusCode = 206;
    outgoing.setHeader('content-range', `bytes ${start}-${start + body.length - 1}/${whole.length}`);
  }
  const broken = typeof fault === 'object' && 'after' in fault ? fault : undefined;
  const sent = broken === undefined ? body : body.subarray(0, broken.after);
  // One that ends too early has not said how long it is: its client cannot know.
  if (broken?.then !== 'end') outgoing.setHeader('content-length', body.length);
  request.sent += sent.length;
  if (broken?.then === 'hang-up')
    outgoing.write(sent, () => setTimeout(() => outgoing.socket?.resetAndDestroy(), 20));
  else if (broken?.then === 'silence') outgoing.write(sent);
  else outgoing.end(sent);
}

export function refuse(
  outgoing: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
): undefined {
  outgoing.writeHead(status, headers);
  outgoing.end();
}
