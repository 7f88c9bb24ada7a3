// The words of the report. It claims what the service did and found, and says what its signatures are not: Microsoft's.
import type {
  CertificationFacts,
  ReportedFile,
  ReportedInf,
  ReportedNote,
  ReportedScan,
  ReportedSignature,
  ReportedTests,
} from './facts.ts';
import type { ReportDocument, ReportFact, ReportSection } from './report-document.ts';

const NOT_SAID = '(not said)';

/** Seconds in UTC are enough for every date here. */
function dateText(date: Date): string {
  return `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

function fact(name: string, ...values: readonly string[]): ReportFact {
  return { name, values };
}

const SIGNATURE_WORDS: Readonly<Record<ReportedFile['signature'], string>> = {
  embedded: 'signed',
  catalog: 'in a catalog',
  none: 'not signed',
};

function submitterCertificate({ submitterThumbprint, isSubmitterRegistered }: CertificationFacts): string[] {
  if (submitterThumbprint === undefined) return ['none: the package was not signed'];
  return isSubmitterRegistered ? [submitterThumbprint] : [submitterThumbprint, 'not registered to the account'];
}

function submissionSection(facts: CertificationFacts): ReportSection {
  const { account } = facts;
  return {
    title: 'Submission',
    facts: [
      fact('Product', facts.productName),
      fact('Product id', String(facts.productId)),
      fact('Submission', facts.submissionName),
      fact('Submission id', String(facts.submissionId)),
      fact('Type', facts.submissionType),
      fact('Submitted by', account.legalName),
      fact('Seller id', String(account.id)),
      fact('Submission made', dateText(facts.submittedAt)),
      fact('Submitter’s certificate (SHA-256)', ...submitterCertificate(facts)),
      fact(
        'Requested signatures',
        ...(facts.requestedSignatures.length === 0
          ? ['none named: those that the INF files support']
          : facts.requestedSignatures),
      ),
    ],
  };
}

function testFacts(tests: ReportedTests): ReportFact[] {
  const { kit, kitVersion = NOT_SAID, counts } = tests;
  return [
    fact('Hardware kit', `${kit.toUpperCase()} ${kitVersion}`),
    fact(
      'Results',
      counts === undefined
        ? 'The package tells none.'
        : `${counts.passed} passed, ${counts.failed} failed, ${counts.notRun} not run`,
    ),
  ];
}

function testSection({ testHarness, tests }: CertificationFacts): ReportSection {
  return {
    title: 'Tests',
    facts: [fact('Test harness of the product', testHarness), ...(tests === undefined ? [] : testFacts(tests))],
    paragraphs: [
      tests === undefined
        ? 'The package holds no results of tests. None were run here.'
        : 'The results are what the package says of itself. The tests were not repeated here.',
    ],
  };
}

function infFacts(inf: ReportedInf): ReportFact[] {
  const { className = NOT_SAID, classGuid = NOT_SAID, driverVersion, extensionId } = inf;
  return [
    fact('INF', inf.path),
    fact('Provider', inf.provider ?? NOT_SAID),
    fact('Class', `${className} ${classGuid}`),
    fact('DriverVer', driverVersion === undefined ? NOT_SAID : `${driverVersion.date}, ${driverVersion.version}`),
    ...(extensionId === undefined ? [] : [fact('ExtensionId', extensionId)]),
    fact('Hardware ids', String(inf.hardwareIds)),
    fact('Architectures', inf.architectures.join(', ') || 'none'),
  ];
}

function driverSections({ drivers }: CertificationFacts): ReportSection[] {
  return drivers.map(({ folder, infs, operatingSystems }) => ({
    title: `Driver ${folder}`,
    facts: [...infs.flatMap(infFacts), fact('Signed for', ...operatingSystems)],
  }));
}

/** Signers with what each made, in the order of the log: after a key was changed there are two. */
function signerFacts(signatures: readonly ReportedSignature[]): ReportFact[] {
  return [...Map.groupBy(signatures, ({ thumbprint }) => thumbprint)].flatMap(([thumbprint, made]) => [
    fact('Signing certificate', made[0]?.subject ?? NOT_SAID),
    fact('Issued by', made[0]?.issuer ?? NOT_SAID),
    fact('Thumbprint (SHA-256)', thumbprint),
    fact('Signatures made with it', String(made.length)),
  ]);
}

function signatureSection({ signatures, signingProfile }: CertificationFacts): ReportSection {
  return {
    title: 'Signatures',
    facts: [fact('Signing profile', signingProfile), ...signerFacts(signatures)],
    table: {
      columns: [
        { title: 'Signed file', width: 40 },
        { title: 'Signature made', width: 22 },
        { title: 'Time stamp', width: 38 },
      ],
      rows: signatures.map(({ path, madeAt, timeStamp }) => [
        path,
        dateText(madeAt),
        timeStamp === undefined ? 'none' : `${dateText(timeStamp.time)}, ${timeStamp.authority ?? NOT_SAID}`,
      ]),
    },
  };
}

function fileSections({ files, catalogs }: CertificationFacts): ReportSection[] {
  return [
    {
      title: 'Catalogs',
      table: {
        columns: [
          { title: 'Catalog', width: 75 },
          { title: 'Files that it lists', width: 25 },
        ],
        rows: catalogs.map(({ path, members }) => [path, String(members)]),
      },
    },
    {
      title: 'Files of the signed package',
      table: {
        columns: [
          { title: 'File', width: 30 },
          { title: 'Bytes', width: 10 },
          { title: 'SHA-256', width: 49, isCode: true },
          { title: 'Signature', width: 11 },
        ],
        rows: files.map(({ path, size, sha256, signature }) => [
          path,
          String(size),
          sha256,
          SIGNATURE_WORDS[signature],
        ]),
      },
    },
  ];
}

function scanSection({ engine, signatures, notScanned }: ReportedScan): ReportSection {
  const title = 'Malware scan';
  if (engine === undefined) {
    return { title, paragraphs: ['Not scanned: no malware scanner was configured on the service.'] };
  }
  return {
    title,
    facts: [
      fact('Scanner', engine),
      ...(signatures === undefined ? [] : [fact('Its signatures', `${signatures.version}, ${signatures.date}`)]),
    ],
    paragraphs: [
      notScanned.length === 0
        ? 'Every file of the submitted package was scanned; nothing was found.'
        : 'Not every file of the submitted package was scanned. Nothing was found in those that were.',
    ],
    ...(notScanned.length === 0
      ? {}
      : {
          table: {
            columns: [
              { title: 'Not scanned', width: 50 },
              { title: 'Reason', width: 50 },
            ],
            rows: notScanned.map(({ path, reason }) => [path, reason]),
          },
        }),
  };
}

function noteSection(notes: readonly ReportedNote[]): ReportSection {
  return {
    title: 'Findings that did not stop the package',
    table: {
      columns: [
        { title: 'Place', width: 30 },
        { title: 'Finding', width: 50 },
        { title: 'Kind', width: 20 },
      ],
      rows: notes.map(({ file = '', line, code, summary, severity, waived }) => [
        line === undefined ? file : `${file}(${line})`,
        code === undefined ? summary : `${summary} [${code}]`,
        waived === undefined ? severity : `waived: ${waived}`,
      ]),
    },
  };
}

/** What the report is, before anything else: whoever is shown it by a third party should not take it for another one. */
function statement({ isReviewed, testHarness, isSubmitterRegistered }: CertificationFacts): ReportSection {
  const checks = ['its layout', 'its INF files'];
  if (isSubmitterRegistered) checks.unshift('its submitter’s signature');
  if (testHarness === 'hlk' || testHarness === 'hck') checks.push('the test results that it tells, if any');
  return {
    title: 'What this report says',
    paragraphs: [
      `An installation of Assay received the package below, checked ${checks.join(', ')}, and signed it. ${isReviewed ? 'A person approved it before it was signed.' : 'No person reviewed it.'}`,
      ...(isSubmitterRegistered
        ? []
        : [
            'It was a rehearsal in which packages need no signature by their submitter: nobody’s identity was checked, and the signed files are for tests alone.',
          ]),
      'Microsoft has no part in this. The signatures are not by Microsoft, and this is no certification of the Windows Hardware Compatibility Program. Windows trusts them only where it trusts the authority that issued the signing certificate: for an authority of one’s own, on machines whose administrators installed its certificate. Kernel-mode drivers also need a policy for code integrity that lets them.',
      'This file carries no signature of its own. The signed files prove themselves: compare their SHA-256 with those below, and verify their signatures.',
    ],
  };
}

/** The report of a submission. The same facts give the same document. */
export function composeReport(facts: CertificationFacts): ReportDocument {
  const date = facts.signatures.reduce((latest, { madeAt }) => (madeAt > latest ? madeAt : latest), facts.submittedAt);
  return {
    title: `Certification report for submission ${facts.submissionId}`,
    date,
    sections: [
      statement(facts),
      submissionSection(facts),
      testSection(facts),
      scanSection(facts.scan),
      signatureSection(facts),
      ...fileSections(facts),
      noteSection(facts.notes),
      ...driverSections(facts),
    ],
  };
}
