// `assay lint`: INFs by themselves, folders, cabinets and HLK packages, for people, programs and code hosts.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { makeDriverFolder } from './driver-folder.ts';
import { runAssay, temporaryDirectory } from './run-assay.ts';

async function makeDriver(t: TestContext, change: (inf: string) => string = (inf) => inf): Promise<string> {
  const directory = await temporaryDirectory(t);
  const folder = await makeDriverFolder(directory, 'echo');
  const inf = join(folder, 'echo.inf');
  await writeFile(inf, change(await readFile(inf, 'utf8')));
  return directory;
}

interface ShownFinding {
  readonly code?: number;
  readonly severity: string;
  readonly file: string;
  readonly line: number;
  readonly waived?: string;
}

const withoutCatalog = (inf: string) => inf.replace(/^CatalogFile.*$/m, '');

test('a sound driver has no errors, in every mode and form', async (t) => {
  const directory = await makeDriver(t);
  assert.equal((await runAssay(directory, ['pack', 'echo', '--out', 'echo.cab'])).code, 0);
  for (const path of ['echo', 'echo/echo.inf', 'echo.cab']) {
    for (const mode of [[], ['--mode', 'k'], ['--mode', 'u'], ['--mode', 'w'], ['--mode', 'h']]) {
      const { code, stdout, stderr } = await runAssay(directory, ['lint', path, ...mode]);
      assert.equal(code, 0, `${path} ${mode.join(' ')}\n${stdout}${stderr}`);
      assert.match(stdout, /1 INF file: 0 errors/);
    }
  }
});

test('a fault has its number, its place and a way to mend it', async (t) => {
  const directory = await makeDriver(t, withoutCatalog);
  const { code, stdout, stderr } = await runAssay(directory, ['lint', 'echo', '-o', 'json']);
  assert.equal(code, 10);
  assert.match(stderr, /1 error/);
  const { findings } = JSON.parse(stdout) as { findings: ShownFinding[] };
  const found = findings.find((finding) => finding.code === 1233);
  assert.ok(found);
  assert.deepEqual([found.severity, found.file], ['error', 'echo/echo.inf']);
  assert.ok(found.line > 0);
  const text = await runAssay(directory, ['lint', 'echo/echo.inf']);
  assert.equal(text.code, 10);
  assert.match(text.stdout, /^echo\/echo\.inf:\d+.*error: .*\[1233 /m);
  assert.match(text.stdout, /To mend it: /);
});

test('SARIF names rule, file and line', async (t) => {
  const directory = await makeDriver(t, withoutCatalog);
  const { stdout } = await runAssay(directory, ['lint', 'echo', '-o', 'sarif']);
  const log = JSON.parse(stdout);
  assert.equal(log.version, '2.1.0');
  const [run] = log.runs;
  const result = run.results.find(({ ruleId }: { ruleId: string }) => ruleId === '1233');
  assert.equal(run.tool.driver.rules[result.ruleIndex].id, '1233');
  assert.equal(result.level, 'error');
  const { artifactLocation, region } = result.locations[0].physicalLocation;
  assert.equal(artifactLocation.uri, 'echo/echo.inf');
  assert.ok(region.startLine > 0);
});

test('a waiver with a reason lets a fault pass, and stays visible', async (t) => {
  const directory = await makeDriver(t, withoutCatalog);
  const waivers = { waivers: [{ code: 1233, file: 'echo/*.inf', reason: 'the catalog is made by the build' }] };
  await writeFile(join(directory, 'waivers.json'), JSON.stringify(waivers));
  const args = ['lint', 'echo', '--waivers', 'waivers.json', '-o', 'json'];
  const { code, stdout } = await runAssay(directory, args);
  const { findings } = JSON.parse(stdout) as { findings: ShownFinding[] };
  assert.equal(findings.find((finding) => finding.code === 1233)?.waived, 'the catalog is made by the build');
  assert.equal(code, 0);
  await writeFile(join(directory, 'waivers.json'), JSON.stringify({ waivers: [{ code: 1233 }] }));
  assert.equal((await runAssay(directory, args)).code, 2);
});

test('what is no driver is refused', async (t) => {
  const directory = await makeDriver(t);
  await writeFile(join(directory, 'text.txt'), 'hello');
  await writeFile(join(directory, 'none.inf'), 'no section at all');
  assert.equal((await runAssay(directory, ['lint', 'text.txt'])).code, 2);
  assert.equal((await runAssay(directory, ['lint', 'none.inf'])).code, 10);
  assert.equal((await runAssay(directory, ['lint', 'missing'])).code, 8);
  assert.equal((await runAssay(directory, ['lint', 'echo', '--mode', 'x'])).code, 2);
});
