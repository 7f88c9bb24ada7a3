// The service in a process of its own. Argument: the data folder.
import { startServer } from '@assay/server';

const [dataDirectory = ''] = process.argv.slice(2);
const server = await startServer({ dataDirectory, port: 0 });
console.log(JSON.stringify({ url: server.url, credentialsFile: server.credentialsFile }));
process.stdin.resume().on('end', async () => {
  await server.close();
  process.exit(0);
});
