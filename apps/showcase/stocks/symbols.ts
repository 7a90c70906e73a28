/** Five hundred made-up companies: each of 25 names in each of 20 trades. Both sides make the same list. */

export interface Company {
  /** Four letters. */
  readonly symbol: string;
  readonly name: string;
}

const names = [
  'BR Brine',
  'CU Current',
  'DR Drift',
  'EB Ebb',
  'FJ Fjord',
  'GU Gull',
  'HA Harbour',
  'IS Islet',
  'JE Jetty',
  'KE Kelp',
  'LA Lagoon',
  'MA Marlin',
  'NA Nautilus',
  'OY Oyster',
  'PE Pelican',
  'QU Quay',
  'RE Reef',
  'SH Shoal',
  'TI Tide',
  'UN Undertow',
  'VO Voyage',
  'WH Wharf',
  'XE Xebec',
  'YA Yawl',
  'ZE Zephyr',
] as const;
const trades = [
  'AI Air',
  'BK Bank',
  'CM Cement',
  'DY Dairy',
  'EN Energy',
  'FD Foods',
  'GL Glass',
  'HT Hotels',
  'IN Insurance',
  'JN Journals',
  'KT Kitchens',
  'LG Lighting',
  'MO Motors',
  'NW Networks',
  'OP Optics',
  'PA Paper',
  'RL Rail',
  'ST Steel',
  'TX Textiles',
  'WK Works',
] as const;

/** In the order of their symbols. */
export const companies: readonly Company[] = names.flatMap((name) =>
  trades.map((trade) => ({
    symbol: `${name.slice(0, 2)}${trade.slice(0, 2)}`,
    name: `${name.slice(3)} ${trade.slice(3)}`,
  })),
);
