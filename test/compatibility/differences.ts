// Where the server knowingly differs from the service, and why.

export interface Difference {
  readonly theService: string;
  readonly assay: string;
  readonly reason: string;
}

export const DIFFERENCES: readonly Difference[] = [
  {
    theService: 'A POST without a Content-Length is answered 411 by the gateway.',
    assay: 'It is a POST without a body.',
    reason: 'HTTP/1.1 says so (RFC 9112 §6.3), and no client needs the refusal.',
  },
  {
    theService: 'At times 500, 502 or 503 is answered although the change was made.',
    assay: 'An error of this kind is answered only when something is wrong.',
    reason: 'Clients that can cope with it work; for the others it would be a fault.',
  },
  {
    theService: '`currentStep` has been seen as a number.',
    assay: 'It is always text.',
    reason: 'Every client reads the text, only some read numbers.',
  },
  {
    theService: 'The answer that makes a submission may come without download links.',
    assay: 'They are always in it.',
    reason: 'Three clients take the upload URL from that answer.',
  },
  {
    theService: 'Links in answers have been seen with the address of the back end.',
    assay: 'Links have the address and the prefix that the caller used.',
    reason: 'The back end’s address cannot be reached by a caller.',
  },
  {
    theService: 'URLs of packages are under a host of their own and may hold raw spaces.',
    assay: 'They are under the address of the API and hold no spaces.',
    reason: 'One address is all that has to be made known; a space is no part of a URL (RFC 3986).',
  },
  {
    theService: '`driverMetadata` may also be found among the `links` of a submission.',
    assay: 'It is among `downloads.items` only.',
    reason: 'The client that knows the link looks at the downloads first.',
  },
  {
    theService: 'Tokens come from Microsoft Entra ID.',
    assay:
      'Tokens come from Assay’s own authority; those of Microsoft are refused unless the operator has configured their issuer.',
    reason: 'Whoever sends such a token here by mistake has shown it to somebody else.',
  },
  {
    theService:
      'The `derivedPackage` is opened in HLK Studio, which replaces the drivers in it; what changes then is not public, and vendors use it for other hardware ids too.',
    assay:
      'The `derivedPackage` takes drivers below `drivers/`, and everything else in it stays. The drivers are newer ones for the same devices. It is there once the initial submission of an HLK package has completed; a derived submission before that is refused.',
    reason:
      'How the studio writes drivers is not known outside Microsoft, and the results of the initial package say nothing of other devices.',
  },
  {
    theService: 'A finished HLK submission has a `certificationReport`.',
    assay:
      'Every finished submission has one. It says what was submitted, checked and signed, and that Microsoft has no part in it. It is at the dashboard’s path, but its URL is signed like the others, and `format=html` gives it as HTML.',
    reason: 'There is no dashboard to sign in to, and no tests of Microsoft’s programme took place here.',
  },
  {
    theService: '`isUniversal` also needs ApiValidator to find nothing in the binaries.',
    assay: 'It needs every INF to pass universal validation.',
    reason: 'ApiValidator compares imports with lists that are part of Microsoft’s kits.',
  },
  {
    theService: 'The driver metadata may hold a `CeilingOsCode` for each device.',
    assay: 'It is absent.',
    reason: 'INFs name no newest system, and what the service takes for it is documented nowhere.',
  },
  {
    theService: 'A product has a read-only `driverType`.',
    assay: 'It is absent.',
    reason: 'Its values are documented nowhere; the client that reads it copes without.',
  },
];
