/** The scalars. What is malformed is BAD_USER_INPUT here already; what is against a rule is the command's to refuse. */

import { GraphQLError, GraphQLScalarType, Kind, type ValueNode, valueFromASTUntyped } from 'graphql';
import { builder } from './builder.ts';
import { badInput } from './errors.ts';

/** A scalar that travels as a JSON string and nothing else. */
function textScalar<Internal, External>(options: {
  name: string;
  description: string;
  parse: (text: string) => Internal;
  serialize: (value: unknown) => External;
}) {
  const { name, description, parse, serialize } = options;
  const fromText = (value: unknown): Internal => {
    if (typeof value !== 'string') throw badInput(`${name} is a string.`);
    return parse(value);
  };
  return new GraphQLScalarType<Internal, External>({
    name,
    description,
    serialize,
    parseValue: fromText,
    parseLiteral(node: ValueNode) {
      try {
        return fromText(node.kind === Kind.STRING ? node.value : undefined);
      } catch (error) {
        // Where in the document, as for GraphQL's own scalars.
        throw error instanceof GraphQLError
          ? new GraphQLError(error.message, { nodes: node, extensions: error.extensions })
          : error;
      }
    },
  });
}

const rfc3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

function parseMoment(text: string): Date {
  const moment = new Date(rfc3339.test(text) ? text : Number.NaN);
  const [year = 0, month = 0, day = 0] = text.slice(0, 10).split('-').map(Number);
  // Date takes the 31st of February for the 3rd of March.
  const isInMonth = day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
  if (Number.isNaN(moment.getTime()) || !isInMonth)
    throw badInput('DateTime is RFC 3339, as "2026-11-23T09:30:00.000Z".');
  return moment;
}

const asText = (value: unknown): string => String(value);

builder.addScalarType(
  'DateTime',
  textScalar({
    name: 'DateTime',
    description:
      'A moment by RFC 3339: taken with any offset, answered in UTC with milliseconds, as "2026-11-23T09:30:00.000Z".',
    parse: parseMoment,
    serialize: (value) => new Date(value as Date | string).toISOString(),
  }),
);

builder.addScalarType(
  'Decimal',
  textScalar({
    name: 'Decimal',
    description:
      'A decimal as a string, never a number: "1250.50". Amounts are answered with exactly the digits of their currency. ' +
      'A number, "", "NaN" or "1e400" is BAD_USER_INPUT.',
    parse: (text) => {
      if (text.length > 100 || !/^-?\d+(\.\d+)?$/.test(text))
        throw badInput('Decimal is a string of digits, as "1250.50".');
      return text;
    },
    serialize: asText,
  }),
);

builder.addScalarType(
  'CurrencyCode',
  textScalar({
    name: 'CurrencyCode',
    description: 'A currency by ISO 4217: three capitals, as "EUR".',
    parse: (text) => {
      if (!/^[A-Z]{3}$/.test(text)) throw badInput('CurrencyCode is three capitals, as "EUR".');
      return text;
    },
    serialize: asText,
  }),
);

builder.addScalarType(
  'JSON',
  new GraphQLScalarType<unknown, unknown>({
    name: 'JSON',
    description: 'Any JSON value.',
    parseValue: (value) => value,
    parseLiteral: (node: ValueNode, variables) => valueFromASTUntyped(node, variables),
  }),
);

builder.addScalarType(
  'Cursor',
  textScalar({
    name: 'Cursor',
    description:
      'A position in a stream of events, opaque; where a page ends is told by a String instead. It tells nothing of what ' +
      'its reader may not see.',
    parse: (text) => text,
    serialize: asText,
  }),
);
