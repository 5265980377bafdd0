/** Parses and validates each document once: clients send the same few, over and over. */

import { type DocumentNode, GraphQLError, type GraphQLSchema, parse, specifiedRules, validate, visit } from 'graphql';

export type Documents = {
  /** Throws a GraphQLError with the code GRAPHQL_PARSE_FAILED. */
  parse(text: string): DocumentNode;
  /** The errors have the code GRAPHQL_VALIDATION_FAILED. */
  validate(document: DocumentNode): readonly GraphQLError[];
};

/** Far above what a screen asks for; validation takes more than linear time. */
const mostTokens = 10_000;

/** Of fields, fragments and values in one another; what reads a document does so by recursion. */
const deepest = 100;

/** `capacity`: how many characters of text are remembered, all documents together. Only valid ones are. */
export function createDocuments(schema: GraphQLSchema, capacity = 2_000_000): Documents {
  /** Least recently used first. */
  const remembered = new Map<string, DocumentNode>();
  const texts = new WeakMap<DocumentNode, string>();
  const valid = new WeakSet<DocumentNode>();
  let size = 0;

  function remember(text: string, document: DocumentNode): void {
    if (text.length > capacity / 20 || remembered.has(text)) return;
    remembered.set(text, document);
    size += text.length;
    for (const oldest of remembered.keys()) {
      if (size <= capacity) break;
      remembered.delete(oldest);
      size -= oldest.length;
    }
  }

  return {
    parse(text) {
      const known = remembered.get(text);
      if (known) {
        remembered.delete(text);
        remembered.set(text, known);
        return known;
      }
      try {
        const document = parse(text, { maxTokens: mostTokens });
        if (depthOf(document) > deepest) throw tooDeep();
        texts.set(document, text);
        return document;
      } catch (error) {
        // Nested so deeply that reading it takes more stack than there is.
        throw withCode(error instanceof RangeError ? tooDeep() : (error as GraphQLError), 'GRAPHQL_PARSE_FAILED');
      }
    },
    validate(document) {
      if (valid.has(document)) return [];
      const errors = validate(schema, document, specifiedRules);
      if (errors.length > 0) return errors.map((error) => withCode(error, 'GRAPHQL_VALIDATION_FAILED'));
      valid.add(document);
      const text = texts.get(document);
      if (text !== undefined) remember(text, document);
      return [];
    },
  };
}

const tooDeep = (): GraphQLError => new GraphQLError(`Nested too deeply: ${deepest} levels are the most.`);

/** How deeply what it consists of is nested, each fragment by itself. */
function depthOf(document: DocumentNode): number {
  let depth = 0;
  let most = 0;
  const level = {
    enter() {
      depth += 1;
      most = Math.max(most, depth);
    },
    leave() {
      depth -= 1;
    },
  };
  visit(document, { Field: level, InlineFragment: level, ListValue: level, ObjectValue: level, ListType: level });
  return most;
}

const withCode = (error: GraphQLError, code: string): GraphQLError =>
  new GraphQLError(error.message, {
    nodes: error.nodes ?? null,
    source: error.source ?? null,
    positions: error.positions ?? null,
    extensions: { code: error.extensions['code'] ?? code },
  });
