// The front door of the server package.
export {
  BLOB_ACCOUNT,
  DataDirectoryBusy,
  type RunningServer,
  type ServerOptions,
  startServer,
} from './create-server.ts';
export type { Credentials } from './provision.ts';
