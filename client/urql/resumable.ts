/** Makes any subscription's document one that can go on from a cursor, whatever its author wrote or forgot. */

import { stringifyDocument } from '@urql/core';
import type {
  ArgumentNode,
  DocumentNode,
  FieldNode,
  NameNode,
  OperationDefinitionNode,
  SelectionNode,
  SelectionSetNode,
  VariableDefinitionNode,
} from 'graphql';

export type Resumable = {
  /** The document as it is sent. */
  text: string;
  operationName: string | undefined;
  /** Where the answer's data has the event. */
  root: string;
  /** Null for what only ever has a latest state, and so nothing to go on from. */
  resume: {
    /** The variable that `after` takes, and the cursor that the document itself starts after, if it names one. */
    variable: string;
    start: string | null;
    /** Where the event has its cursor and its id. */
    cursor: string;
    id: string;
    /** Which order's stream, by variable or by value; null is the viewer's own stream. */
    order: { variable: string } | { value: string } | null;
  } | null;
};

/** These answer with the present state each time: they take no `after`. */
const latestOnly = new Set(['standingChanged']);

const made = new WeakMap<DocumentNode, Resumable>();

/** Throws where the subscription's field is not selected directly. */
export function resumable(document: DocumentNode): Resumable {
  const known = made.get(document);
  if (known) return known;
  const result = rewrite(document);
  made.set(document, result);
  return result;
}

function rewrite(document: DocumentNode): Resumable {
  const operation = document.definitions.find(isSubscription);
  const field = operation?.selectionSet.selections.find((one): one is FieldNode => one.kind === 'Field');
  if (!operation || !field?.selectionSet)
    throw new Error('A subscription has to select its field directly, not in a fragment.');
  const common = { operationName: operation.name?.value, root: keyOf(field) };
  if (latestOnly.has(field.name.value)) return { ...common, text: stringifyDocument(document), resume: null };

  const given = argumentOf(field, 'after');
  const declared = operation.variableDefinitions ?? [];
  const variable = given?.kind === 'Variable' ? given.name.value : variableFor(declared);
  const cursor = selectionOf(field, 'cursor');
  const id = selectionOf(field, 'id');

  const following: FieldNode = {
    ...field,
    arguments: [...(field.arguments ?? []).filter((one) => one.name.value !== 'after'), after(variable)],
    selectionSet: selecting([...cursor.added, ...id.added, ...field.selectionSet.selections]),
  };
  const rewritten: OperationDefinitionNode = {
    ...operation,
    variableDefinitions: declared.some((one) => one.variable.name.value === variable)
      ? declared
      : [...declared, declaration(variable)],
    selectionSet: selecting(operation.selectionSet.selections.map((one) => (one === field ? following : one))),
  };
  // Without `loc`, from which the printed text would be taken as it was.
  const text = stringifyDocument({
    kind: document.kind,
    definitions: document.definitions.map((one) => (one === operation ? rewritten : one)),
  } as DocumentNode);
  const start = given?.kind === 'StringValue' ? given.value : null;
  return { ...common, text, resume: { variable, start, cursor: cursor.key, id: id.key, order: orderOf(field) } };
}

const isSubscription = (node: { kind: string; operation?: string }): node is OperationDefinitionNode =>
  node.kind === 'OperationDefinition' && node.operation === 'subscription';
const name = (value: string): NameNode => ({ kind: 'Name', value }) as NameNode;
const after = (variable: string): ArgumentNode =>
  ({ kind: 'Argument', name: name('after'), value: { kind: 'Variable', name: name(variable) } }) as ArgumentNode;
const selecting = (selections: SelectionNode[]): SelectionSetNode =>
  ({ kind: 'SelectionSet', selections }) as SelectionSetNode;
const keyOf = (field: FieldNode): string => (field.alias ?? field.name).value;
const argumentOf = (field: FieldNode, wanted: string) =>
  field.arguments?.find((one) => one.name.value === wanted)?.value;

const declaration = (variable: string): VariableDefinitionNode =>
  ({
    kind: 'VariableDefinition',
    variable: { kind: 'Variable', name: name(variable) },
    type: { kind: 'NamedType', name: name('Cursor') },
  }) as VariableDefinitionNode;

/** `after` where it is free, or declared as a cursor and forgotten; a page's argument may have the name already. */
function variableFor(declared: readonly VariableDefinitionNode[]): string {
  const taken = new Map(declared.map((one) => [one.variable.name.value, one.type]));
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? 'after' : `after${number}`;
    const type = taken.get(candidate);
    if (!type || (type.kind === 'NamedType' && type.name.value === 'Cursor')) return candidate;
  }
}

/** Under which key the event's field comes, and what has to be selected for that. */
function selectionOf(field: FieldNode, wanted: string): { key: string; added: FieldNode[] } {
  const direct = field.selectionSet!.selections.filter((one): one is FieldNode => one.kind === 'Field');
  const found = direct.find((one) => one.name.value === wanted && !one.directives?.length);
  if (found) return { key: keyOf(found), added: [] };
  const plain: FieldNode = { kind: 'Field', name: name(wanted) } as FieldNode;
  if (direct.every((one) => keyOf(one) !== wanted)) return { key: wanted, added: [plain] };
  return { key: `${wanted}OfEvent`, added: [{ ...plain, alias: name(`${wanted}OfEvent`) }] };
}

function orderOf(field: FieldNode): { variable: string } | { value: string } | null {
  const given = argumentOf(field, 'orderId');
  if (given?.kind === 'Variable') return { variable: given.name.value };
  return given?.kind === 'StringValue' ? { value: given.value } : null;
}
