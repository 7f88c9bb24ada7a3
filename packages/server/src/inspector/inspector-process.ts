// The program of an inspector process: takes one request at a time and answers with data. It runs under Node's permission
// model (see inspector.ts); whatever a package does to it, only the submission that the package belongs to is lost.
import { flushCompileCache } from 'node:module';
import { ParseError } from '@assay/authenticode';
import { describe } from './operations/describe.ts';
import { digestImage } from './operations/digest-image.ts';
import { embed } from './operations/embed.ts';
import { examine } from './operations/examine.ts';
import { extract } from './operations/extract.ts';
import { identifySigner } from './operations/identify-signer.ts';
import { compareShell, makeShell } from './operations/shell.ts';
import type { InspectorReply, InspectorRequest } from './protocol.ts';

async function answer(request: InspectorRequest): Promise<unknown> {
  switch (request.operation) {
    case 'compile':
      flushCompileCache();
      return null;
    case 'examine':
      return await examine(request);
    case 'extract':
      return await extract(request);
    case 'describe':
      return await describe(request);
    case 'digestImage':
      return await digestImage(request);
    case 'embed':
      return await embed(request);
    case 'identifySigner':
      return await identifySigner(request);
    case 'makeShell':
      return await makeShell(request);
    case 'compareShell':
      return await compareShell(request);
  }
}

function reply(message: InspectorReply): void {
  process.send?.(message);
}

process.on('message', (message: { id: number; request: InspectorRequest }) => {
  const { id, request } = message;
  answer(request).then(
    (result) => reply({ id, kind: 'answer', answer: result }),
    (error: unknown) => {
      if (error instanceof ParseError) reply({ id, kind: 'refused', code: error.code, message: error.message });
      else
        reply({ id, kind: 'broke', message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    },
  );
});
// The service that asked is gone: so is the reason to go on.
process.on('disconnect', () => process.exit(0));
