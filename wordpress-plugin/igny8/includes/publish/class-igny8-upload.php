<?php
/**
 * Step 3.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- tables of our own, locks and reads in bulk: no function of WordPress does it.
// phpcs:disable WordPress.Security.EscapeOutput.ExceptionNotEscaped -- it is answered as JSON or escaped where it is shown.
// phpcs:disable Squiz.Commenting.FunctionCommentThrowTag -- it takes the class that makes an exception for the exception's.

/**
 * One image into the media library: it is there whole, or neither its row nor a file of it is.
 */
class IGNY8_Upload {

	/**
	 * Filename, alt, title and caption.
	 *
	 * @var array<string,string>
	 */
	private $fields;

	/**
	 * The image.
	 *
	 * @var string
	 */
	private $bytes;

	/**
	 * Content.
	 *
	 * @var string
	 */
	private $content_id;

	/**
	 * Run.
	 *
	 * @var string
	 */
	private $run_id;

	/**
	 * SHA-256 of the original, by which the image is known.
	 *
	 * @var string
	 */
	private $hash;

	/**
	 * SHA-256 of the bytes that come: the original, or a smaller file of it.
	 *
	 * @var string
	 */
	private $file_hash;

	/**
	 * The upload that is going on, for when a hook ends PHP.
	 *
	 * @var IGNY8_Upload|null
	 */
	private static $unfinished;

	/**
	 * The attachment, once its row is there.
	 *
	 * @var int
	 */
	private $attachment_id = 0;

	/**
	 * The file, once planned.
	 *
	 * @var string
	 */
	private $file = '';

	/**
	 * Checks the hash's form.
	 *
	 * @param string               $content_id Content.
	 * @param string               $run_id     Run.
	 * @param array<string,string> $fields     The fields sha256, file_sha256 (empty: the same), filename, alt, title and caption.
	 * @param string               $bytes      The image.
	 * @throws IGNY8_Exception When it is not a hash.
	 */
	public function __construct( $content_id, $run_id, array $fields, $bytes ) {
		$this->content_id = $content_id;
		$this->run_id     = $run_id;
		$this->fields     = $fields;
		$this->bytes      = $bytes;
		$this->hash       = $fields['sha256'];
		$this->file_hash  = empty( $fields['file_sha256'] ) ? $this->hash : $fields['file_sha256'];
		$hashes           = array(
			'sha256'      => $this->hash,
			'file_sha256' => $this->file_hash,
		);
		foreach ( $hashes as $name => $hash ) {
			if ( ! preg_match( '/^[0-9a-f]{64}\z/', $hash ) ) {
				throw new IGNY8_Exception( 'BAD_REQUEST', "The parameter $name is not a SHA-256 in hex.", 400, 'media', array( 'field' => $name ) );
			}
		}
	}

	/**
	 * Stores the image.
	 *
	 * @return array<string,mixed> The contract's result.
	 * @throws IGNY8_Exception When it cannot be stored.
	 */
	public function run() {
		global $wpdb;
		IGNY8_Claims::require_row( $this->content_id, $this->run_id, 'media' );
		if ( ! current_user_can( 'upload_files' ) ) {
			throw new IGNY8_Exception( 'USER_NOT_ALLOWED', __( 'The WordPress user that IGNY8 acts as may not upload files. Choose another one in Settings, IGNY8.', 'igny8' ), 403, 'media' );
		}
		$type = $this->check();
		// Two runs may bring the same image at once; the second waits and finds it.
		$lock = 'igny8:' . md5( DB_NAME . $wpdb->prefix . $this->hash );
		$wpdb->get_var( $wpdb->prepare( 'SELECT GET_LOCK(%s, 20)', $lock ) );
		try {
			return $this->find() ?? $this->store( $type );
		} finally {
			$wpdb->query( $wpdb->prepare( 'DO RELEASE_LOCK(%s)', $lock ) );
		}
	}

	/**
	 * Undoes an upload that a hook ended.
	 *
	 * @return bool Whether there was one.
	 */
	public static function undo_unfinished() {
		if ( null === self::$unfinished ) {
			return false;
		}
		self::$unfinished->undo();
		return true;
	}

	/**
	 * Checks the bytes.
	 *
	 * @return string Media type.
	 * @throws IGNY8_Exception When they are refused.
	 */
	private function check() {
		if ( strlen( $this->bytes ) > wp_max_upload_size() ) {
			/* translators: %s: size. */
			throw new IGNY8_Exception( 'IMAGE_TOO_LARGE', sprintf( __( 'The image is larger than the %s that this server takes.', 'igny8' ), size_format( wp_max_upload_size() ) ), 413, 'media' );
		}
		if ( hash( 'sha256', $this->bytes ) !== $this->file_hash ) {
			throw new IGNY8_Exception( 'IMAGE_HASH_MISMATCH', __( 'The image arrived damaged.', 'igny8' ), 422, 'media', array( 'received_bytes' => strlen( $this->bytes ) ) );
		}
		$type = IGNY8_Media::detect_type( $this->bytes );
		if ( ! in_array( $type, IGNY8_Media::types(), true ) ) {
			throw new IGNY8_Exception( 'IMAGE_TYPE_REFUSED', __( 'The file is not an image that this site takes. Use JPEG, PNG, GIF or WebP.', 'igny8' ), 422, 'media', array( 'type' => $type ) );
		}
		return $type;
	}

	/**
	 * The attachment that has these bytes already.
	 *
	 * @return array<string,mixed>|null
	 * @throws IGNY8_Exception When the claim is lost.
	 */
	private function find() {
		$ids_by_hash = IGNY8_Media::find( array( $this->hash ) );
		if ( ! isset( $ids_by_hash[ $this->hash ] ) ) {
			return null;
		}
		$id    = $ids_by_hash[ $this->hash ];
		$entry = array(
			'id'  => $id,
			'new' => 0,
		);
		$row   = IGNY8_Claims::require_row( $this->content_id, $this->run_id, 'media' );
		if ( ! in_array( $id, array_column( $row['attachments'], 'id' ), true ) && ! IGNY8_Claims::add_attachment( $this->content_id, $this->run_id, $entry ) ) {
			throw IGNY8_Claims::lost_error( 'media' );
		}
		return $this->result( $id, false );
	}

	/**
	 * Stores a new image.
	 *
	 * @param string $type Media type.
	 * @return array<string,mixed>
	 * @throws IGNY8_Exception When it cannot be stored.
	 */
	private function store( $type ) {
		self::$unfinished = $this;
		$guard            = new IGNY8_Die_Guard();
		try {
			$this->write_file( $type );
			$this->insert( $type );
			$this->make_sizes();
			return $this->result( $this->attachment_id, true );
		} catch ( Throwable $thrown ) {
			$guard->release();
			$this->undo();
			throw IGNY8_Exception::from_hook( $thrown, 'media' );
		} finally {
			$guard->release();
			self::$unfinished = null;
		}
	}

	/**
	 * Plans the file on the claim, then writes it under a name that no other file has.
	 *
	 * @param string $type Media type.
	 * @throws IGNY8_Exception When it cannot be written.
	 */
	private function write_file( $type ) {
		$uploads = wp_upload_dir();
		if ( ! empty( $uploads['error'] ) && wp_mkdir_p( $uploads['path'] ) ) {
			$uploads['error'] = false; // Of two uploads that make the month's folder at once, one is told that it failed.
		}
		$name = sanitize_file_name( pathinfo( $this->fields['filename'], PATHINFO_FILENAME ) );
		$name = ( '' === $name ? substr( $this->hash, 0, 16 ) : $name ) . '.' . IGNY8_Media::EXTENSIONS[ $type ];
		for ( $attempt = 0; empty( $uploads['error'] ) && $attempt < 5; $attempt++ ) {
			$this->file = $uploads['path'] . '/' . wp_unique_filename( $uploads['path'], $name );
			$planned    = array(
				'id'   => 0,
				'new'  => 1,
				'file' => _wp_relative_upload_path( $this->file ),
				'sha'  => $this->file_hash,
			);
			if ( ! IGNY8_Claims::add_attachment( $this->content_id, $this->run_id, $planned ) ) {
				throw IGNY8_Claims::lost_error( 'media' );
			}
			if ( $this->write_new_file() ) {
				return;
			}
		}
		throw $this->not_stored( __( 'The file could not be written to the uploads folder: check its rights and the free space.', 'igny8' ) );
	}

	/**
	 * Writes the bytes aside and gives them their name in one move that fails when the name is taken.
	 *
	 * @return bool False when the name is taken or nothing can be written.
	 */
	private function write_new_file() {
		$partial = IGNY8_Media::partial_name( $this->file, $this->file_hash );
		// phpcs:disable WordPress.PHP.NoSilencedErrors, WordPress.WP.AlternativeFunctions -- failure is the answer.
		$written = strlen( $this->bytes ) === @file_put_contents( $partial, $this->bytes );
		$named   = $written && ( ( function_exists( 'link' ) && @link( $partial, $this->file ) ) || ( ! file_exists( $this->file ) && @rename( $partial, $this->file ) ) );
		IGNY8_Media::unlink( $partial );
		if ( $named ) {
			$folder = stat( dirname( $this->file ) );
			chmod( $this->file, $folder['mode'] & 0000666 );
		}
		// phpcs:enable WordPress.PHP.NoSilencedErrors, WordPress.WP.AlternativeFunctions
		return $named;
	}

	/**
	 * Makes the row of the attachment and notes it on the claim, in one transaction.
	 *
	 * @param string $type Media type.
	 * @throws IGNY8_Exception When it fails.
	 */
	private function insert( $type ) {
		$transaction = new IGNY8_Transaction( 'media' );
		$transaction->begin();
		try {
			$title = trim( $this->fields['title'] );
			$post  = array(
				'post_mime_type' => $type,
				'post_title'     => '' === $title ? pathinfo( $this->file, PATHINFO_FILENAME ) : $title,
				'post_excerpt'   => $this->fields['caption'],
				'post_status'    => 'inherit',
				'meta_input'     => array(
					IGNY8_Media::HASH_META  => $this->hash,
					IGNY8_Image_Texts::META => IGNY8_Image_Texts::hash( $this->fields ),
				),
			);
			if ( '' !== $this->fields['alt'] ) {
				$post['meta_input']['_wp_attachment_image_alt'] = $this->fields['alt'];
			}
			$id = wp_insert_attachment( wp_slash( $post ), $this->file, 0, true );
			if ( is_wp_error( $id ) || 0 === $id ) {
				throw $this->not_stored( is_wp_error( $id ) ? $id->get_error_message() : '' );
			}
			$this->attachment_id = $id;
			$entry               = array(
				'id'  => $id,
				'new' => 1,
			);
			if ( ! IGNY8_Claims::add_attachment( $this->content_id, $this->run_id, $entry ) ) {
				throw IGNY8_Claims::lost_error( 'media' );
			}
			$transaction->commit();
		} catch ( Throwable $thrown ) {
			$transaction->rollback();
			foreach ( $transaction->posts() as $post_id ) {
				IGNY8_Cleanup::remove_post( $post_id );
			}
			throw $thrown;
		}
	}

	/**
	 * Makes the sizes.
	 *
	 * @throws IGNY8_Exception When the file turns out not to be an image.
	 */
	private function make_sizes() {
		require_once ABSPATH . 'wp-admin/includes/image.php';
		$metadata = wp_generate_attachment_metadata( $this->attachment_id, $this->file );
		if ( is_wp_error( $metadata ) || empty( $metadata['width'] ) ) {
			throw $this->not_stored( __( 'WordPress could not read the image.', 'igny8' ) );
		}
		wp_update_attachment_metadata( $this->attachment_id, $metadata );
	}

	/**
	 * Leaves nothing.
	 */
	private function undo() {
		self::$unfinished = null;
		if ( $this->attachment_id > 0 ) {
			IGNY8_Media::delete( $this->attachment_id );
		}
		if ( '' !== $this->file ) {
			IGNY8_Media::delete_planned_file( _wp_relative_upload_path( $this->file ), $this->file_hash );
		}
	}

	/**
	 * The contract's result.
	 *
	 * @param int  $id      Attachment.
	 * @param bool $created Whether it was made now.
	 * @return array<string,mixed>
	 */
	private function result( $id, $created ) {
		return array(
			'attachment_id' => $id,
			'url'           => (string) wp_get_attachment_url( $id ),
			'sha256'        => $this->hash,
			'created'       => $created,
		);
	}

	/**
	 * The error of an image that could not be stored.
	 *
	 * @param string $reason Reason.
	 * @return IGNY8_Exception
	 */
	private function not_stored( $reason ) {
		/* translators: %s: reason. */
		return new IGNY8_Exception( 'IMAGE_NOT_STORED', trim( sprintf( __( 'The image could not be stored. %s', 'igny8' ), $reason ) ), 500, 'media', array(), true );
	}
}
