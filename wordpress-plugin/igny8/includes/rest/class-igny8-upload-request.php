<?php
/**
 * Step 3, the request.
 *
 * @package IGNY8
 */

/**
 * The route upload-image: one image as the whole body, or several in one body behind a line of JSON.
 */
class IGNY8_Upload_Request {

	const FIELDS = array( 'sha256', 'file_sha256', 'filename', 'alt', 'title', 'caption' );
	const MOST   = 20;

	/**
	 * Request.
	 *
	 * @var IGNY8_Request
	 */
	private $request;

	/**
	 * Stores what a request brings.
	 *
	 * @param IGNY8_Request $request Request.
	 * @return array<string,mixed> The contract's result.
	 * @throws IGNY8_Exception When an image cannot be stored.
	 */
	public static function answer( $request ) {
		return ( new self( $request ) )->store();
	}

	/**
	 * Takes the request.
	 *
	 * @param IGNY8_Request $request Request.
	 */
	private function __construct( $request ) {
		$this->request = $request;
	}

	/**
	 * Stores one image, or all of them. The first image that fails ends it; those before it stay noted on the claim.
	 *
	 * @return array<string,mixed> The contract's result.
	 * @throws IGNY8_Exception When an image cannot be stored.
	 */
	private function store() {
		$content_id = $this->request->get_param( 'content_id' );
		$run_id     = $this->request->get_param( 'run_id' );
		if ( ! $this->request->get_param( 'batch' ) ) {
			$fields = array();
			foreach ( self::FIELDS as $name ) {
				$fields[ $name ] = $this->request->get_param( $name );
			}
			return ( new IGNY8_Upload( $content_id, $run_id, $fields, $this->request->body ) )->run();
		}
		$results = array();
		$parts   = $this->images();
		IGNY8_Progress::start( $run_id, $content_id, null );
		foreach ( $parts as $number => $part ) {
			/* translators: 1: number of an image, 2: number of images. */
			$message = sprintf( __( 'Storing image %1$d of %2$d', 'igny8' ), $number + 1, count( $parts ) );
			IGNY8_Progress::send_message( 'media', 15 + (int) ( 35 * $number / count( $parts ) ), $message );
			$upload                               = new IGNY8_Upload( $content_id, $run_id, $part['fields'], $part['bytes'] );
			$results[ $part['fields']['sha256'] ] = $upload->run();
		}
		return array( 'images' => $results );
	}

	/**
	 * Cuts the body into images. All is checked before the first one is stored.
	 *
	 * @return array<int,array{fields:array<string,string>,bytes:string}>
	 * @throws IGNY8_Exception When the body is not as its first line says.
	 */
	private function images() {
		$end  = strpos( $this->request->body, "\n" );
		$list = false === $end ? null : json_decode( substr( $this->request->body, 0, $end ), true );
		if ( ! is_array( $list ) || array() === $list || count( $list ) > self::MOST ) {
			throw $this->broken();
		}
		$parts  = array();
		$offset = $end + 1;
		foreach ( $list as $item ) {
			$size    = is_array( $item ) && isset( $item['size'] ) && is_int( $item['size'] ) ? $item['size'] : 0;
			$parts[] = array(
				'fields' => $this->image_fields( $item ),
				'bytes'  => (string) substr( $this->request->body, $offset, max( 0, $size ) ),
			);
			$offset += $size;
			if ( $size <= 0 || $offset > strlen( $this->request->body ) ) {
				throw $this->broken();
			}
		}
		if ( strlen( $this->request->body ) !== $offset ) {
			throw $this->broken();
		}
		return $parts;
	}

	/**
	 * The fields of one image as text.
	 *
	 * @param mixed $item Item of the list.
	 * @return array<string,string>
	 * @throws IGNY8_Exception When one of them is not text.
	 */
	private function image_fields( $item ) {
		$fields = array();
		foreach ( self::FIELDS as $name ) {
			$value = is_array( $item ) && isset( $item[ $name ] ) ? $item[ $name ] : '';
			if ( ! is_string( $value ) ) {
				throw $this->broken();
			}
			$fields[ $name ] = $value;
		}
		return $fields;
	}

	/**
	 * The error of a body that cannot be cut.
	 *
	 * @return IGNY8_Exception
	 */
	private function broken() {
		return new IGNY8_Exception( 'BAD_REQUEST', 'The body is not the images that its first line lists.', 400, 'media', array( 'field' => 'body' ) );
	}
}
