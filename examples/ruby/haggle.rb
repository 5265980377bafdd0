# frozen_string_literal: true

# Notifies users through Haggle, as the host application does, with nothing but the standard library.
#
#   haggle = Haggle.new(url: 'https://haggle.example/graphql', token: -> { service_token })
#   haggle.notify(to: '42', action: 'invoice.due', data: { days: 3 }, idempotency_key: 'invoice-7').online

require 'json'
require 'net/http'
require 'openssl'
require 'securerandom'

class Haggle
  # An expected "no", which asking again would not change. `issues` says what is wrong with which part of the input.
  class Refused < StandardError
    attr_reader :code, :issues

    def initialize(refusal)
      @code = refusal['code']
      @issues = refusal['issues'] || []
      super(refusal['message'])
    end
  end

  # Nothing was answered but errors, or nothing at all. `retry_after`: the same request may succeed then, in seconds.
  class Failed < StandardError
    attr_reader :code, :retry_after

    def initialize(message, code:, retry_after: nil)
      @code = code
      @retry_after = retry_after
      super(message)
    end
  end

  Told = Struct.new(:id, :online, keyword_init: true)

  NOTIFY = <<~GRAPHQL
    mutation Notify($input: NotifyInput!) {
      notify(input: $input) {
        __typename
        ... on NotifyPayload { online notification { id } }
        ... on Refusal { code message }
        ... on InvalidInput { issues { path message } }
      }
    }
  GRAPHQL

  # How a connection or its answer can break. What was sent may have been done all the same.
  BROKEN = [SystemCallError, SocketError, IOError, Timeout::Error, OpenSSL::SSL::SSLError, Net::ProtocolError,
            Net::HTTPBadResponse, JSON::ParserError].freeze

  MAY_PASS = %w[UNAVAILABLE RATE_LIMITED].freeze

  LONGEST_WAIT = 10

  # `token` is called for each request: tokens expire. The block hears of each wait: what went wrong, and how long it is.
  def initialize(url:, token:, tries: 8, &waiting)
    @uri = URI(url)
    @token = token
    @tries = tries
    @waiting = waiting
  end

  # Tells a user anything, also one who has never been here; `online` is whether it had an open connection, on any
  # process. The key makes it happen once however often it is asked for: name it after its cause, and a job that is run
  # again tells nobody twice. Raises Refused or Failed.
  def notify(to:, action:, data: nil, idempotency_key: SecureRandom.uuid)
    input = { to: to, action: action, data: data, idempotencyKey: idempotency_key }
    answer = patiently { ask(NOTIFY, input: input) }.fetch('notify')
    # Unions may grow: whatever is not what was hoped for is a refusal.
    raise Refused, answer unless answer['__typename'] == 'NotifyPayload'

    Told.new(id: answer['notification']['id'], online: answer['online'])
  end

  private

  # Only because of the idempotency key may a mutation be sent again whose answer was lost.
  def patiently
    failures = 0
    begin
      yield
    rescue Failed => e
      failures += 1
      raise if e.retry_after.nil? || failures >= @tries

      wait = [e.retry_after, rand * [2**failures, LONGEST_WAIT].min].max
      @waiting&.call(e, wait)
      sleep wait
      retry
    end
  end

  def ask(query, variables)
    answer = JSON.parse(post(JSON.generate(query: query, variables: variables)))
    error = answer['errors']&.first
    raise failure_of(error) if error

    answer.fetch('data')
  rescue *BROKEN => e
    raise Failed.new("#{e.class}: #{e.message}", code: 'BROKEN', retry_after: 0)
  end

  # Errors are in the body, whatever the status.
  def post(body)
    headers = { 'authorization' => "Bearer #{@token.call}", 'content-type' => 'application/json',
                'accept' => 'application/json' }
    limits = { open_timeout: 5, read_timeout: 15, use_ssl: @uri.scheme == 'https' }
    Net::HTTP.start(@uri.hostname, @uri.port, **limits) { |http| http.post(@uri.request_uri, body, headers).body }
  end

  def failure_of(error)
    extensions = error['extensions'] || {}
    code = extensions['code'] || 'UNKNOWN'
    retry_after = Float(extensions['retryAfter'] || 1) if MAY_PASS.include?(code)
    Failed.new(error['message'], code: code, retry_after: retry_after)
  end
end
