# frozen_string_literal: true

# Signs the tokens that a host application gives its users and itself (HS256), with nothing but the standard library.
#
#   AUTH_SECRET=… ruby token.rb SUB customer|vendor|service [NAME]

require 'json'
require 'openssl'

module HaggleToken
  HEADER = { alg: 'HS256', typ: 'JWT' }.freeze

  # `sub` is the user's id in the host application. A token that leaves the house lives shortly: fetch the next in time.
  # `claims`: `iss` and `aud` where the installation asks for them, `email` where mails shall reach the user.
  def self.sign(secret:, sub:, role:, name: sub, expires_in: 900, **claims)
    now = Time.now.to_i
    payload = { **claims, sub: sub, role: role, name: name, iat: now, exp: now + expires_in }
    signed = [HEADER, payload].map { |part| encode(JSON.generate(part)) }.join('.')
    "#{signed}.#{encode(OpenSSL::HMAC.digest('SHA256', secret, signed))}"
  end

  def self.encode(bytes)
    [bytes].pack('m0').tr('+/', '-_').delete('=')
  end
  private_class_method :encode
end

if $PROGRAM_NAME == __FILE__
  sub, role, name = ARGV
  abort 'Usage: AUTH_SECRET=… ruby token.rb SUB customer|vendor|service [NAME]' unless role
  puts HaggleToken.sign(secret: ENV.fetch('AUTH_SECRET'), sub: sub, role: role, name: name || sub)
end
