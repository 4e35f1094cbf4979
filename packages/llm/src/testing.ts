export {
  startChatServer,
  type ChatServer,
  type ChatServerOptions,
  type ReceivedRequest,
  type ServerReply,
} from './testing/start-chat-server.ts';
