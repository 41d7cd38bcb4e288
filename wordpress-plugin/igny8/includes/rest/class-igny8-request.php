<?php
/**
 * A request of the app.
 *
 * @package IGNY8
 */

/**
 * One request, whatever transport brought it: what was signed, and nothing else, is read from it.
 */
class IGNY8_Request {

	/**
	 * Name of the route, as `import-content`.
	 *
	 * @var string
	 */
	public $name;

	/**
	 * The route's HTTP method.
	 *
	 * @var string
	 */
	public $method;

	/**
	 * Query as it came on the wire.
	 *
	 * @var string
	 */
	public $query;

	/**
	 * The signed bytes.
	 *
	 * @var string
	 */
	public $body;

	/**
	 * The five signature fields.
	 *
	 * @var array<string,string>
	 */
	public $fields;

	/**
	 * Whether the signature came in the body, because headers do not get through.
	 *
	 * @var bool
	 */
	public $enveloped;

	/**
	 * The connection, once the gate let the request in.
	 *
	 * @var array<string,mixed>|null
	 */
	public $connection;

	/**
	 * Parameters of the query: as they came, and once they were checked those of the route with their types.
	 *
	 * @var array<string,mixed>
	 */
	private $params = array();

	/**
	 * Reads the current HTTP request.
	 *
	 * @param string $name         Name of the route.
	 * @param string $route_method The route's method.
	 */
	public function __construct( $name, $route_method ) {
		$this->name      = $name;
		$this->method    = strtoupper( self::server( 'REQUEST_METHOD' ) );
		$this->query     = self::raw_query();
		$this->body      = (string) file_get_contents( 'php://input' );
		$this->fields    = self::header_fields();
		$this->enveloped = false;
		if ( in_array( '', $this->fields, true ) ) {
			$this->open_envelope( $route_method );
		}
		foreach ( IGNY8_Signing::query_pairs( $this->query ) as $pair ) {
			$this->params[ $pair[0] ] = $pair[1];
		}
	}

	/**
	 * Checks the parameters of the query.
	 *
	 * @param array<string,array<int,mixed>> $args Checks by name, as the table of routes has them.
	 * @throws IGNY8_Exception When one of them will not do.
	 */
	public function check_params( $args ) {
		$this->params = IGNY8_Arguments::check( $args, $this->params );
	}

	/**
	 * A parameter of the route, as its check returned it.
	 *
	 * @param string $name Name.
	 * @return mixed
	 */
	public function get_param( $name ) {
		return $this->params[ $name ];
	}

	/**
	 * The body as JSON.
	 *
	 * @return array<string,mixed>
	 * @throws IGNY8_Exception When it is not a JSON object.
	 */
	public function get_json_params() {
		$data = json_decode( $this->body, true );
		if ( ! is_array( $data ) ) {
			throw new IGNY8_Exception( 'BAD_REQUEST', 'The body is not a JSON object.', 400, null, array( 'field' => 'body' ) );
		}
		return $data;
	}

	/**
	 * Takes signature and body out of an envelope.
	 *
	 * @param string $route_method The route's method.
	 */
	private function open_envelope( $route_method ) {
		if ( false === strpos( substr( $this->body, 0, 4096 ) . substr( $this->body, -4096 ), 'igny8_envelope' ) ) {
			return;
		}
		$outer = json_decode( $this->body, true );
		if ( ! is_array( $outer ) || ! isset( $outer['igny8_envelope'] ) || ! is_array( $outer['igny8_envelope'] ) ) {
			return;
		}
		foreach ( IGNY8_Signing::FIELDS as $field ) {
			$value                  = isset( $outer['igny8_envelope'][ $field ] ) ? $outer['igny8_envelope'][ $field ] : '';
			$this->fields[ $field ] = is_scalar( $value ) ? (string) $value : '';
		}
		$this->body = isset( $outer['body'] ) && is_string( $outer['body'] ) ? $outer['body'] : '';
		if ( isset( $outer['body_base64'] ) && is_string( $outer['body_base64'] ) ) {
			$this->body = (string) base64_decode( $outer['body_base64'], true ); // phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions.obfuscation_base64_decode
		}
		$this->enveloped = true;
		if ( 'POST' === $this->method ) {
			$this->method = $route_method;
		}
	}

	/**
	 * The signature fields of the headers.
	 *
	 * @return array<string,string>
	 */
	private static function header_fields() {
		$fields = array();
		foreach ( IGNY8_Signing::FIELDS as $field ) {
			$fields[ $field ] = self::server( 'HTTP_X_IGNY8_' . strtoupper( $field ) );
		}
		return $fields;
	}

	/**
	 * The query of the address that was asked for; rewriting may have added to QUERY_STRING.
	 *
	 * @return string
	 */
	private static function raw_query() {
		$uri = self::server( 'REQUEST_URI' );
		if ( '' === $uri ) {
			return self::server( 'QUERY_STRING' );
		}
		$position = strpos( $uri, '?' );
		return false === $position ? '' : substr( $uri, $position + 1 );
	}

	/**
	 * A server variable as it came: WordPress adds slashes to them. It is verified by the signature, not here.
	 *
	 * @param string $name Name.
	 * @return string
	 */
	private static function server( $name ) {
		// phpcs:ignore WordPress.Security.ValidatedSanitizedInput.InputNotSanitized
		return isset( $_SERVER[ $name ] ) ? (string) wp_unslash( $_SERVER[ $name ] ) : '';
	}
}
