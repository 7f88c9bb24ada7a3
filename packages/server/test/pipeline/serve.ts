// The service as a process of its own, for tests that kill it: node serve.ts DATA_FOLDER OPTIONS_JSON
import { type ServerOptions, startServer } from '../../src/index.ts';

const [dataDirectory = '', options = '{}'] = process.argv.slice(2);
await startServer({ port: 0, throwAway: true, ...(JSON.parse(options) as Partial<ServerOptions>), dataDirectory });
process.stdout.write('ready\n');
