export type {
  HubServer,
  HubServerCommit,
  HubServerFault,
  HubServerOptions,
  HubServerRepo,
  HubServerRequest,
  HubServerState,
} from './testing/hub-server.ts';
export { startHubServer } from './testing/start-hub-server.ts';
