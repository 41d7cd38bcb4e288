<?php
/**
 * The body of import-content.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.Security.EscapeOutput.ExceptionNotEscaped -- it is answered as JSON or escaped where it is shown.

/**
 * Brings the body into one shape, or says which field is wrong. Everything behind it may trust the types.
 */
class IGNY8_Payload {

	/**
	 * One of preflight, claim, publish, claim_publish, abort.
	 *
	 * @var string
	 */
	public $action;

	/**
	 * Id of the app's run.
	 *
	 * @var string
	 */
	public $run_id;

	/**
	 * Id of the content in the app.
	 *
	 * @var string
	 */
	public $content_id;

	/**
	 * Id of the task in the app, or an empty string.
	 *
	 * @var string
	 */
	public $task_id = '';

	/**
	 * Title, content, excerpt, slug, type, author_email, external_id, parent, template, taxonomy as text; date_gmt as MySQL writes it, or ''.
	 *
	 * @var array<string,string>
	 */
	public $post = array();

	/**
	 * Terms: ref, taxonomy, name, slug, external_id, and what the list adds; parents first.
	 *
	 * @var array<int,array<string,mixed>>
	 */
	public $terms = array();

	/**
	 * Cluster and sector (id and name, or null), and keyword_ids.
	 *
	 * @var array<string,mixed>
	 */
	public $relations = array();

	/**
	 * Title, description, canonical as text, and focus_keywords.
	 *
	 * @var array<string,mixed>
	 */
	public $seo = array();

	/**
	 * Images, without those that the site's gallery limit leaves out: sha256, filename, mime, size, alt, title, caption, role, position.
	 *
	 * @var array<int,array<string,mixed>>
	 */
	public $images = array();

	/**
	 * Which gallery images go where.
	 *
	 * @var IGNY8_Gallery
	 */
	public $gallery;

	/**
	 * What the app knew of the object: external_id, permalink, content_hash, state_hash, parts, run_id, gone (trash or
	 * deleted), adopt (link or new) and looked (a person saw the difference), all text, and terms (ids by taxonomy). Null from an app that does not tell.
	 *
	 * @var array<string,mixed>|null
	 */
	public $base;

	/**
	 * The app's hash of what it sends.
	 *
	 * @var string
	 */
	public $payload_hash = '';

	/**
	 * Reads a request.
	 *
	 * @param IGNY8_Request $request Request.
	 * @return IGNY8_Payload
	 * @throws IGNY8_Exception When something is not as the contract says.
	 */
	public static function from_request( $request ) {
		$data    = $request->get_json_params();
		$payload = self::head( $data, array( 'preflight', 'claim', 'publish', 'claim_publish', 'abort' ) );
		if ( 'abort' !== $payload->action ) {
			$payload->read_content( $data );
		}
		return $payload;
	}

	/**
	 * Reads a request of post-status: an action, and what the app knew of the post.
	 *
	 * @param IGNY8_Request $request Request.
	 * @return IGNY8_Payload
	 * @throws IGNY8_Exception When something is not as the contract says.
	 */
	public static function of_status( $request ) {
		$data    = $request->get_json_params();
		$payload = self::head( $data, array( 'draft', 'trash', 'restore' ) );
		$payload->read_base( $data );
		if ( null === $payload->base || '' === $payload->base['external_id'] ) {
			self::refuse( 'base.external_id' );
		}
		$payload->post = array( 'type' => '' );
		return $payload;
	}

	/**
	 * Reads what every request has.
	 *
	 * @param array<string,mixed> $data    Body.
	 * @param string[]            $actions Actions that there are.
	 * @return IGNY8_Payload
	 * @throws IGNY8_Exception When something is not as the contract says.
	 */
	private static function head( $data, $actions ) {
		$payload = new self();
		if ( ! isset( $data['contract'] ) || IGNY8_CONTRACT !== $data['contract'] ) {
			throw new IGNY8_Exception( 'CONTRACT_UNSUPPORTED', __( 'The app and the plugin speak different versions. Update both.', 'igny8' ), 409, 'preflight', array( 'supported' => array( IGNY8_CONTRACT ) ) );
		}
		$payload->action     = self::text( $data, 'action', '' );
		$payload->run_id     = self::id( isset( $data['run_id'] ) ? $data['run_id'] : '', 'run_id' );
		$payload->content_id = self::id( isset( $data['content_id'] ) ? $data['content_id'] : '', 'content_id' );
		if ( ! in_array( $payload->action, $actions, true ) ) {
			self::refuse( 'action' );
		}
		return $payload;
	}

	/**
	 * An id of the app: it becomes part of keys and of SQL.
	 *
	 * @param mixed  $value Value.
	 * @param string $field Field, for the error.
	 * @return string
	 */
	public static function id( $value, $field ) {
		if ( ! is_string( $value ) || ! preg_match( '/^[A-Za-z0-9._:-]{1,64}\z/', $value ) ) {
			self::refuse( $field );
		}
		return $value;
	}

	/**
	 * Distinct hashes of the images.
	 *
	 * @return string[]
	 */
	public function hashes() {
		return array_values( array_unique( array_column( $this->images, 'sha256' ) ) );
	}

	/**
	 * Reads all that is to be published.
	 *
	 * @param array<string,mixed> $data Body.
	 */
	private function read_content( $data ) {
		$this->task_id      = self::text( $data, 'task_id', '' );
		$this->payload_hash = substr( self::text( $data, 'payload_hash', '' ), 0, 64 );

		$post = self::part( $data, 'post' );
		foreach ( array( 'type', 'title', 'content', 'excerpt', 'slug', 'author_email', 'external_id', 'parent', 'template', 'taxonomy' ) as $name ) {
			$this->post[ $name ] = self::text( $post, $name, 'post.' );
		}
		$this->post['date_gmt'] = self::date( self::text( $post, 'date_utc', 'post.' ), 'post.date_utc' );

		$this->read_terms( self::part( $data, 'terms' ) );

		$relations       = self::part( $data, 'relations' );
		$this->relations = array(
			'cluster'     => self::relation( $relations, 'cluster' ),
			'sector'      => self::relation( $relations, 'sector' ),
			'keyword_ids' => self::texts( $relations, 'keyword_ids' ),
		);

		$seo       = self::part( $data, 'seo' );
		$this->seo = array( 'focus_keywords' => self::texts( $seo, 'focus_keywords' ) );
		foreach ( array( 'title', 'description', 'canonical' ) as $name ) {
			$this->seo[ $name ] = self::text( $seo, $name, 'seo.' );
		}
		$this->read_images( self::part( $data, 'images' ) );
		$this->read_base( $data );
	}

	/**
	 * Reads what the app knew.
	 *
	 * @param array<string,mixed> $data Body.
	 */
	private function read_base( $data ) {
		if ( ! isset( $data['base'] ) ) {
			return;
		}
		$base       = self::part( $data, 'base' );
		$this->base = array( 'terms' => array() );
		foreach ( array( 'external_id', 'permalink', 'content_hash', 'state_hash', 'parts', 'run_id', 'gone', 'adopt', 'looked', 'former' ) as $name ) {
			$this->base[ $name ] = self::text( $base, $name, 'base.' );
		}
		if ( ! IGNY8_Parts::is_valid( $this->base['parts'] ) ) {
			$this->base['parts'] = ''; // Of a plugin that told other parts: the hashes are compared.
		}
		foreach ( self::part( $base, 'terms' ) as $taxonomy => $ids ) {
			$this->base['terms'][ $taxonomy ] = array_map( 'intval', is_array( $ids ) ? $ids : array() );
		}
	}

	/**
	 * Reads the terms.
	 *
	 * @param array<int,mixed> $terms Terms.
	 */
	private function read_terms( $terms ) {
		$list = new IGNY8_Term_List();
		foreach ( $terms as $index => $term ) {
			$read = array();
			foreach ( array( 'ref', 'taxonomy', 'name', 'slug', 'external_id' ) as $name ) {
				$read[ $name ] = self::text( $term, $name, "terms.$index." );
			}
			$path = isset( $term['parent'] ) && is_array( $term['parent'] );
			$list->add( $read, $path ? self::texts( $term, 'parent' ) : self::text( $term, 'parent', "terms.$index." ) );
		}
		$this->terms = $list->in_order();
	}

	/**
	 * Reads the images, in the order of their position.
	 *
	 * @param array<int,mixed> $images Images.
	 */
	private function read_images( $images ) {
		foreach ( $images as $index => $image ) {
			$parsed_image = array();
			foreach ( array( 'sha256', 'filename', 'mime', 'alt', 'title', 'caption', 'role' ) as $name ) {
				$parsed_image[ $name ] = self::text( $image, $name, "images.$index." );
			}
			if ( ! preg_match( '/^[0-9a-f]{64}\z/', $parsed_image['sha256'] ) ) {
				self::refuse( "images.$index.sha256" );
			}
			if ( ! in_array( $parsed_image['role'], array( 'featured', 'gallery', 'inline' ), true ) ) {
				self::refuse( "images.$index.role" );
			}
			$parsed_image['size']     = isset( $image['size'] ) ? (int) $image['size'] : 0;
			$parsed_image['position'] = isset( $image['position'] ) ? (int) $image['position'] : $index;
			$parsed_image['file']     = self::image_file( $image, $index, $parsed_image );
			$this->images[]           = $parsed_image;
		}
		usort(
			$this->images,
			static function ( $first, $second ) {
				return $first['position'] - $second['position'];
			}
		);
		$settings      = IGNY8_Settings::get();
		$this->gallery = new IGNY8_Gallery( $this->images, (int) $settings['gallery_limit'], $settings['gallery_overflow'] );
		$this->images  = $this->gallery->without_skipped( $this->images );
	}

	/**
	 * What is sent in the place of an image: the image itself where nothing else is named.
	 *
	 * @param array<string,mixed> $image        Image as it came.
	 * @param int                 $index        Its place in the list, for the error.
	 * @param array<string,mixed> $parsed_image What is read of it.
	 * @return array{sha256:string,mime:string,size:int}
	 */
	private static function image_file( $image, $index, $parsed_image ) {
		if ( ! isset( $image['file'] ) ) {
			return array(
				'sha256' => $parsed_image['sha256'],
				'mime'   => $parsed_image['mime'],
				'size'   => $parsed_image['size'],
			);
		}
		$file = $image['file'];
		$hash = self::text( $file, 'sha256', "images.$index.file." );
		if ( ! preg_match( '/^[0-9a-f]{64}\z/', $hash ) ) {
			self::refuse( "images.$index.file.sha256" );
		}
		return array(
			'sha256' => $hash,
			'mime'   => self::text( $file, 'mime', "images.$index.file." ),
			'size'   => isset( $file['size'] ) ? (int) $file['size'] : 0,
		);
	}

	/**
	 * A text or number of an array, as text; missing and null are an empty string.
	 *
	 * @param mixed  $from   Array.
	 * @param string $name   Key.
	 * @param string $prefix Where it stands, for the error.
	 * @return string
	 */
	private static function text( $from, $name, $prefix ) {
		if ( ! is_array( $from ) || ( isset( $from[ $name ] ) && ! is_string( $from[ $name ] ) && ! is_int( $from[ $name ] ) ) ) {
			self::refuse( $prefix . $name );
		}
		return isset( $from[ $name ] ) ? (string) $from[ $name ] : '';
	}

	/**
	 * A list of texts.
	 *
	 * @param array<string,mixed> $from Array.
	 * @param string              $name Key.
	 * @return string[]
	 */
	private static function texts( $from, $name ) {
		$texts = array();
		foreach ( self::part( $from, $name ) as $value ) {
			if ( ! is_string( $value ) && ! is_int( $value ) ) {
				self::refuse( $name );
			}
			$texts[] = (string) $value;
		}
		return $texts;
	}

	/**
	 * An array inside an array; missing and null are an empty one.
	 *
	 * @param array<string,mixed> $from Array.
	 * @param string              $name Key.
	 * @return array<mixed>
	 */
	private static function part( $from, $name ) {
		if ( isset( $from[ $name ] ) && ! is_array( $from[ $name ] ) ) {
			self::refuse( $name );
		}
		return isset( $from[ $name ] ) ? $from[ $name ] : array();
	}

	/**
	 * A cluster or sector.
	 *
	 * @param array<string,mixed> $relations Relations.
	 * @param string              $name      Which.
	 * @return array<string,string>|null
	 */
	private static function relation( $relations, $name ) {
		$part = self::part( $relations, $name );
		if ( array() === $part ) {
			return null;
		}
		return array(
			'id'   => self::id( isset( $part['id'] ) ? $part['id'] : '', "relations.$name.id" ),
			'name' => self::text( $part, 'name', "relations.$name." ),
		);
	}

	/**
	 * ISO 8601 in UTC as MySQL writes it.
	 *
	 * @param string $text  Text, or empty.
	 * @param string $field Field, for the error.
	 * @return string
	 */
	public static function date( $text, $field ) {
		if ( '' === $text ) {
			return '';
		}
		if ( ! preg_match( '/^(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(\.\d+)?Z\z/', $text, $m ) || ! checkdate( (int) $m[2], (int) $m[3], (int) $m[1] ) ) {
			self::refuse( $field );
		}
		return "$m[1]-$m[2]-$m[3] $m[4]:$m[5]:$m[6]";
	}

	/**
	 * Refuses the body.
	 *
	 * @param string $field Field.
	 * @throws IGNY8_Exception Always.
	 */
	public static function refuse( $field ) {
		/* translators: %s: name of a field. */
		throw new IGNY8_Exception( 'BAD_REQUEST', sprintf( __( 'The field %s is missing or not of the right kind. Update the app and the plugin.', 'igny8' ), $field ), 400, null, array( 'field' => $field ) );
	}
}
