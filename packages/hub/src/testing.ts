export {
  startHubServer,
  type HubServer,
  type HubServerCommit,
  type HubServerFault,
  type HubServerOptions,
  type HubServerRepo,
  type HubServerRequest,
} from './testing/start-hub-server.ts';
