#!/bin/sh
# A market by hand, with curl and jq: an order, bids, the stream of them, notify, and what its customer was told.
#
#   npm start                     # in another shell; or HAGGLE_URL=… of a server that runs elsewhere
#   sh examples/curl/market.sh
#
# Where there is no sign-in, set CUSTOMER_TOKEN, VENDOR_TOKEN and SERVICE_TOKEN: `npm run token` prints such.
set -eu

url=${HAGGLE_URL:-http://localhost:4000/graphql}
files=$(mktemp -d)
mkfifo "$files/stream"
follower=
unfollow() { [ -z "$follower" ] || kill "$follower" 2>/dev/null || :; follower=; }
trap 'unfollow; rm -rf "$files"' EXIT

say() { printf '\n── %s\n' "$*"; }

# request DOCUMENT VARIABLES: the body of a GraphQL request.
request() { jq -nc --arg query "$1" --argjson variables "$2" '{ $query, $variables }'; }

# ask TOKEN DOCUMENT [VARIABLES]: prints the data. Errors stand in the answer, whatever its status; they end this.
ask() {
  request "$2" "${3:-null}" |
    curl -sS "$url" -H "authorization: Bearer $1" -H 'content-type: application/json' --data-binary @- |
    jq -ce 'if .errors then error(.errors | tostring) else .data end'
}

# follow TOKEN DOCUMENT VARIABLES: follows a subscription by server-sent events, until `unfollow`.
follow() {
  request "$2" "$3" >"$files/request"
  curl -sS --no-buffer "$url" -H "authorization: Bearer $1" -H 'content-type: application/json' \
    -H 'accept: text/event-stream' --data-binary "@$files/request" >"$files/stream" &
  follower=$!
}

# hear: waits for the first event of what is followed. Lines that begin with a colon only keep the connection.
hear() { sed -n '/^data: {/{s/^data: //p;q;}' "$files/stream"; }

say 'Tokens. A host application signs them; a server in development gives them to anybody who asks.'
sign_in() {
  curl -sS "${url%/graphql}/dev/sign-in" -H 'content-type: application/json' \
    -d "{\"sub\":\"$1\",\"role\":\"$2\",\"name\":\"$3\"}" | jq -er .token
}
customer=${CUSTOMER_TOKEN:-$(sign_in casey customer Casey)}
vendor=${VENDOR_TOKEN:-$(sign_in acme vendor Acme)}
service=${SERVICE_TOKEN:-$(sign_in shop service 'The shop')}
viewer=$(ask "$customer" '{ viewer { name role externalId } }')
echo "$viewer"

say 'The customer posts an order. externalId is its id in the host application; the key makes it happen once.'
key=$(date +%s)-$$
order=$(ask "$customer" '
  mutation ($input: CreateOrderInput!) {
    createOrder(input: $input) {
      __typename
      ... on CreateOrderPayload { order { id externalId status cursor } }
      ... on Refusal { code message }
      ... on InvalidInput { issues { path message } }
    }
  }' "$(jq -nc --arg key "$key" \
  '{ input: { externalId: "order-\($key)", title: "Forty chairs", currency: "INR", idempotencyKey: $key } }')")
echo "$order"
order_id=$(echo "$order" | jq -er .createOrder.order.id)
cursor=$(echo "$order" | jq -er .createOrder.order.cursor)

say 'The customer follows its bids, after the cursor that came with the order: nothing falls between.'
bid_placed='
  subscription ($orderId: ID!, $after: Cursor!) {
    bidPlaced(orderId: $orderId, after: $after) {
      id cursor revision amount { amount currency } bid { vendor { name } }
    }
  }'
after() { jq -nc --arg orderId "$order_id" --arg after "$1" '{ $orderId, $after }'; }
follow "$customer" "$bid_placed" "$(after "$cursor")"

say 'The vendor bids. Amounts are strings: a number would lose digits.'
place_bid='
  mutation ($input: PlaceBidInput!) {
    placeBid(input: $input) {
      __typename
      ... on PlaceBidPayload { bid { revision amount { amount } } }
      ... on Refusal { code message }
      ... on BidNotLower { highest { amount currency } }
    }
  }'
bid() {
  ask "$vendor" "$place_bid" \
    "$(jq -nc --arg orderId "$order_id" --arg amount "$1" '{ input: { $orderId, $amount } }')"
}
bid 1250.50

say 'The customer hears it. Then the line breaks.'
event=$(hear)
echo "$event"
unfollow

say 'The vendor goes lower while nobody listens. Higher is refused, with what would be taken at most.'
bid 1199
bid 1300

say 'The customer comes back with the cursor of its last event: what it missed comes first.'
follow "$customer" "$bid_placed" "$(after "$(echo "$event" | jq -er .data.bidPlaced.cursor)")"
hear

say 'A back end tells the customer something of its own, and learns that it is online.'
ask "$service" '
  mutation ($input: NotifyInput!) {
    notify(input: $input) {
      __typename
      ... on NotifyPayload { online notification { id action } }
      ... on Refusal { code message }
      ... on InvalidInput { issues { path message } }
    }
  }' "$(echo "$viewer" | jq -c --arg key "$key" \
  '{ input: { to: .viewer.externalId, action: "invoice.due", data: { days: 3 }, idempotencyKey: $key } }')"
unfollow

say 'What the customer was told, newest first; then it marks all of it as read.'
told=$(ask "$customer" '{
  unreadNotifications
  notifications(first: 3) { edges { node { cursor action data read order { externalId } } } }
}')
echo "$told"
ask "$customer" '
  mutation ($input: MarkNotificationsReadInput!) {
    markNotificationsRead(input: $input) {
      __typename
      ... on MarkNotificationsReadPayload { unreadNotifications }
      ... on Refusal { code message }
    }
  }' "$(echo "$told" | jq -c '{ input: { upTo: .notifications.edges[0].node.cursor } }')"
