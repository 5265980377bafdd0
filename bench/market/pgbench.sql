\set n :n + 1
\set order random(1, :orders)
\set bidder :client_id + 1 + :clients * random(0, :each - 1)
\set amount :highest - :n * :clients - :client_id
select bench.place_bid(bench.nth(:kind, :order), bench.nth('bidder', :bidder), :amount);
