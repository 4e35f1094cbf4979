export { readGroupPlace, type Environment, type GroupPlace } from './environment/read-group-place.ts';
export { freePort } from './free-port.ts';
export { joinGroup, type JoinGroupOptions } from './tcp/join-group.ts';
export type { TcpGroup } from './tcp/tcp-group.ts';
