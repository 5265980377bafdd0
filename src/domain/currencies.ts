/**
 * ISO 4217: the currencies and how many digits follow the point in each. Not from Intl, whose digits are CLDR's and
 * differ (IQD, AFN, …). Codes without a minor unit (metals, test codes) are no money to bid in and left out.
 */

const byDigits: readonly string[] = [
  'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF',
  '',
  `AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW
   CNY COP COU CRC CUC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR
   ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR
   MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN
   SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG`,
  'BHD IQD JOD KWD LYD OMR TND',
  'CLF UYW',
];

const digitsByCode = new Map(
  byDigits.flatMap((codes, digits) => codes.match(/[A-Z]{3}/g)?.map((code): [string, number] => [code, digits]) ?? []),
);

/** How many digits follow the point in a currency, or undefined for what is none. */
export const currencyDigits = (code: string): number | undefined => digitsByCode.get(code);

/** All currencies that can be bid in. */
export const currencies = (): string[] => [...digitsByCode.keys()];
