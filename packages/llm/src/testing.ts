export { createTestClock, type TestClock } from './testing/create-test-clock.ts';
export {
  startChatServer,
  type ChatServer,
  type ChatServerOptions,
  type ReceivedRequest,
  type ServerReply,
} from './testing/start-chat-server.ts';
export {
  faultKinds,
  faultServerTokens,
  passingFaults,
  startFaultServer,
  type FaultKind,
  type FaultServer,
  type FaultServerCounts,
  type FaultServerOptions,
  type FaultServerRequest,
} from './testing/start-fault-server.ts';
export {
  startBatchServer,
  type BatchRefusal,
  type BatchReply,
  type BatchServer,
  type BatchServerFault,
  type BatchServerOptions,
  type BatchServerRequest,
  type ServerBatch,
} from './testing/start-batch-server.ts';
export {
  hasRedisServer,
  startRedisServer,
  type RedisServer,
  type RedisServerOptions,
} from './testing/start-redis-server.ts';
