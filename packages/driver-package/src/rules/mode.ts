// How strictly an INF is judged: the modes of InfVerif and the level of each of its numbers in them ("Running InfVerif
// from the Command Line", "INF Validation Errors and Warnings").
import type { Severity } from '../finding.ts';

/**
 * `k` declarative, `u` universal, `w` Windows driver (universal and isolated), `h` what a WHQL signature demands: `w` with
 * places outside the isolation that are still allowed. No mode is basic validation.
 */
export type Mode = 'k' | 'u' | 'w' | 'h';

export const MODES: readonly Mode[] = ['k', 'u', 'w', 'h'];

type Level = 'error' | 'warning' | 'none';

/** Levels in k, u and w of the numbers that are not errors in all three. */
const EXCEPTIONS: readonly { readonly levels: readonly [Level, Level, Level]; readonly codes: readonly number[] }[] = [
  { levels: ['warning', 'warning', 'warning'], codes: [1201, 1205, 1251, 1252, 1384, 2004, 2009, 2010, 2083] },
  { levels: ['warning', 'error', 'warning'], codes: [1144] },
  { levels: ['warning', 'error', 'error'], codes: [1231, 1305, 1307, 1308, 1309, 1331, 1332, 1333, 2603] },
  { levels: ['warning', 'error', 'none'], codes: [1304, 1306] },
  { levels: ['warning', 'warning', 'error'], codes: [1324, 1325, 1326, 2084] },
  {
    levels: ['none', 'none', 'error'],
    codes: [1320, 1321, 1322, 1323, 1329, 1340, 1341, 1402, 2092, 2660, 2661, 2662, 2663],
  },
  { levels: ['none', 'none', 'warning'], codes: [1328, 1450] },
];

/** Numbers that are about being universal; without a mode they only warn. */
const UNIVERSAL_CODES = { first: 1300, last: 1309 };

const LEVELS = new Map(EXCEPTIONS.flatMap(({ levels, codes }) => codes.map((code) => [code, levels] as const)));

/** The severity of a number of InfVerif in a mode (basic validation without one); undefined when it is not reported. */
export function severityOf(code: number, mode?: Mode): Severity | undefined {
  const [declarative, universal, isolated] = LEVELS.get(code) ?? ['error', 'error', 'error'];
  if (mode === undefined && code >= UNIVERSAL_CODES.first && code <= UNIVERSAL_CODES.last) return 'warning';
  const level = mode === 'u' ? universal : mode === 'w' || mode === 'h' ? isolated : declarative;
  return level === 'none' ? undefined : level;
}

// Of the numbers that no rule reports, these were looked into, and cannot be told from public documentation:
// - 1020: which names of filter levels are reserved is not published.
// - 1317, 1318, 1341: the first two need the list of what an edition of Windows has; the folders of 1341 are not published
//   apart from those of 1340.
// - 2600, 2601, 2603: which values of display drivers must be under which folder, and which directives they may not have,
//   is not published.
// Of 1208, LayoutFile is left alone: many INFs of vendors have it, and nothing says that it is refused.

/** Every number that InfVerif has, as documented: 202 of them. */
export const INFVERIF_CODES: readonly number[] = (
  '1000 1001 1002 1003 1005 1006 1008 1010 1011 1013 1014 1015 1016 1017 1019 1020 1021 1022 1078 1080 ' +
  '1081 1082 1083 1084 1085 1086 1087 1088 1100 1101 1102 1103 1110 1141 1142 1144 1150 1160 1180 1181 ' +
  '1182 1199 1201 1202 1203 1204 1205 1206 1207 1208 1209 1210 1211 1212 1213 1214 1217 1218 1220 1222 ' +
  '1223 1224 1225 1226 1229 1230 1231 1233 1234 1235 1241 1242 1243 1245 1250 1251 1252 1253 1254 1256 ' +
  '1257 1258 1260 1261 1262 1263 1264 1265 1266 1267 1268 1270 1271 1272 1273 1274 1275 1280 1281 1284 ' +
  '1285 1286 1287 1288 1289 1290 1292 1293 1294 1295 1296 1297 1299 1300 1301 1302 1303 1304 1305 1306 ' +
  '1307 1308 1309 1310 1311 1312 1313 1314 1315 1316 1317 1318 1319 1320 1321 1322 1323 1324 1325 1326 ' +
  '1328 1329 1330 1331 1332 1333 1340 1341 1380 1381 1382 1383 1384 1400 1401 1402 1420 1421 1422 1423 ' +
  '1430 1431 1450 2004 2006 2008 2009 2010 2083 2084 2085 2090 2091 2092 2093 2400 2402 2403 2405 2411 ' +
  '2412 2413 2414 2415 2416 2417 2418 2419 2420 2500 2501 2600 2601 2602 2603 2650 2651 2652 2660 2661 ' +
  '2662 2663'
)
  .split(' ')
  .map(Number);
