<?php
/**
 * Media.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- tables of our own, locks and reads in bulk: no function of WordPress does it.
// phpcs:disable WordPress.Security.EscapeOutput.ExceptionNotEscaped -- it is answered as JSON or escaped where it is shown.

/**
 * Attachments by the SHA-256 of their bytes, and their files.
 */
class IGNY8_Media {

	const HASH_META  = '_igny8_sha256';
	const EXTENSIONS = array(
		'image/jpeg' => 'jpg',
		'image/png'  => 'png',
		'image/gif'  => 'gif',
		'image/webp' => 'webp',
		'image/avif' => 'avif',
	);

	/**
	 * Media types that are taken: images that this site allows.
	 *
	 * @return string[]
	 */
	public static function types() {
		return array_values( array_intersect( array_keys( self::EXTENSIONS ), get_allowed_mime_types() ) );
	}

	/**
	 * Those of them that WordPress makes smaller sizes of here.
	 *
	 * @return string[]
	 */
	public static function editor_types() {
		return array_values(
			array_filter(
				self::types(),
				static function ( $type ) {
					return wp_image_editor_supports( array( 'mime_type' => $type ) );
				}
			)
		);
	}

	/**
	 * The media type by the bytes themselves, or an empty string.
	 *
	 * @param string $bytes Bytes.
	 * @return string
	 */
	public static function detect_type( $bytes ) {
		$quiet = error_reporting( 0 ); // phpcs:ignore -- a broken image is an answer, not a warning.
		$size  = getimagesizefromstring( $bytes );
		error_reporting( $quiet ); // phpcs:ignore
		if ( is_array( $size ) && $size[0] > 0 && $size[1] > 0 ) {
			return $size['mime'];
		}
		return 'ftypavif' === substr( $bytes, 4, 8 ) ? 'image/avif' : '';
	}

	/**
	 * Attachments that are there already.
	 *
	 * @param string[] $hashes Hashes.
	 * @return array<string,int> Attachment ids by hash.
	 */
	public static function find( $hashes ) {
		global $wpdb;
		if ( array() === $hashes ) {
			return array();
		}
		$marks = implode( ',', array_fill( 0, count( $hashes ), '%s' ) );
		$rows  = $wpdb->get_results(
			$wpdb->prepare(
				"SELECT m.post_id, m.meta_value FROM {$wpdb->postmeta} m JOIN {$wpdb->posts} p ON p.ID = m.post_id WHERE m.meta_key = %s AND m.meta_value IN ($marks) AND p.post_type = 'attachment' AND p.post_status <> 'trash' ORDER BY m.post_id DESC", // phpcs:ignore WordPress.DB
				array_merge( array( self::HASH_META ), $hashes )
			)
		);
		$ids   = array();
		foreach ( $rows as $row ) {
			$ids[ $row->meta_value ] = (int) $row->post_id; // phpcs:ignore WordPress.DB.SlowDBQuery -- a column that was read.
		}
		_prime_post_caches( array_values( $ids ), false, true );
		return array_filter(
			$ids,
			static function ( $id ) {
				$file = get_attached_file( $id );
				// A plugin may keep files elsewhere; a path that is not below uploads is its business.
				return is_string( $file ) && '' !== $file && ( file_exists( $file ) || ! self::is_local( $file ) );
			}
		);
	}

	/**
	 * Attachments that must be there: they were uploaded before.
	 *
	 * @param string[] $hashes Hashes.
	 * @return array<string,array<string,mixed>> Attachment id and URL by hash.
	 * @throws IGNY8_Exception When one is not.
	 */
	public static function require_attachments( $hashes ) {
		$attachment_ids = self::find( $hashes );
		$images         = array();
		foreach ( $hashes as $hash ) {
			if ( ! isset( $attachment_ids[ $hash ] ) ) {
				throw new IGNY8_Exception( 'IMAGE_MISSING', __( 'An image of this content is not in the media library: it was not uploaded, or was deleted meanwhile.', 'igny8' ), 422, 'media', array( 'sha256' => $hash ), true );
			}
			$images[ $hash ] = array(
				'attachment_id' => $attachment_ids[ $hash ],
				'url'           => (string) wp_get_attachment_url( $attachment_ids[ $hash ] ),
			);
		}
		return $images;
	}

	/**
	 * Whether files can be stored, without making the folder.
	 *
	 * @return bool
	 */
	public static function can_store() {
		$uploads = wp_get_upload_dir();
		$folder  = $uploads['path'];
		if ( ! empty( $uploads['error'] ) ) {
			return false;
		}
		while ( ! file_exists( $folder ) && dirname( $folder ) !== $folder ) {
			$folder = dirname( $folder );
		}
		return is_dir( $folder ) && wp_is_writable( $folder );
	}

	/**
	 * Removes an attachment and every file of it.
	 *
	 * @param int $id Attachment.
	 */
	public static function delete( $id ) {
		$file = get_attached_file( $id, true );
		if ( 'attachment' === get_post_type( $id ) ) {
			try {
				wp_delete_attachment( $id, true );
			} catch ( Throwable $thrown ) {
				// A hook that fails on deletion must not keep the file alive: what follows removes all by itself.
				clean_post_cache( $id );
			}
		}
		IGNY8_Cleanup::remove_post( $id );
		if ( is_string( $file ) && '' !== $file && self::is_local( $file ) ) {
			self::delete_files( $file );
		}
	}

	/**
	 * Removes a file that was planned, when it is the one that was planned and no attachment has it.
	 *
	 * @param string $relative Path below uploads.
	 * @param string $hash     SHA-256.
	 */
	public static function delete_planned_file( $relative, $hash ) {
		$file = wp_get_upload_dir()['basedir'] . '/' . $relative;
		self::unlink( self::partial_name( $file, $hash ) );
		if ( is_file( $file ) && ! self::has_attachment( $file ) && hash_file( 'sha256', $file ) === $hash ) {
			self::delete_files( $file );
		}
	}

	/**
	 * Whether a file with these bytes is there which no attachment has: a request ended before it made one.
	 *
	 * @param string $file File.
	 * @param string $hash SHA-256.
	 * @return bool
	 */
	public static function is_left_over( $file, $hash ) {
		return is_file( $file ) && hash_file( 'sha256', $file ) === $hash && ! self::has_attachment( $file );
	}

	/**
	 * Where the bytes of a planned file are written before they get their name.
	 *
	 * @param string $file File.
	 * @param string $hash SHA-256.
	 * @return string
	 */
	public static function partial_name( $file, $hash ) {
		return dirname( $file ) . '/igny8-' . substr( $hash, 0, 16 ) . '-' . substr( md5( $file ), 0, 8 ) . '.partial';
	}

	/**
	 * Removes a file that may not be there.
	 *
	 * @param string $file File.
	 */
	public static function unlink( $file ) {
		if ( is_file( $file ) ) {
			wp_delete_file( $file );
		}
	}

	/**
	 * Removes a file and the sizes made of it, also those no row knows of because PHP died while making them.
	 *
	 * @param string $file Original.
	 */
	private static function delete_files( $file ) {
		$stem        = preg_replace( '/-scaled\z/', '', pathinfo( $file, PATHINFO_FILENAME ) );
		$modified_at = is_file( $file ) ? filemtime( $file ) : time() - HOUR_IN_SECONDS;
		foreach ( (array) glob( dirname( $file ) . '/' . addcslashes( $stem, '\\*?[' ) . '*' ) as $path ) {
			$suffix  = substr( basename( $path ), strlen( $stem ) );
			$is_ours = preg_match( '/^(-\d+x\d+|-scaled|-rotated)?\.[a-z0-9]+(\.webp)?\z/i', $suffix );
			if ( $is_ours && filemtime( $path ) >= $modified_at && ! self::has_attachment( $path ) ) {
				self::unlink( $path );
			}
		}
	}

	/**
	 * Whether an attachment has this very file.
	 *
	 * @param string $file File.
	 * @return bool
	 */
	private static function has_attachment( $file ) {
		global $wpdb;
		$relative = _wp_relative_upload_path( $file );
		return null !== $wpdb->get_var( $wpdb->prepare( "SELECT 1 FROM {$wpdb->postmeta} WHERE meta_key = '_wp_attached_file' AND meta_value = %s LIMIT 1", $relative ) );
	}

	/**
	 * Whether a path is below uploads.
	 *
	 * @param string $file Path.
	 * @return bool
	 */
	private static function is_local( $file ) {
		return 0 === strpos( wp_normalize_path( $file ), wp_normalize_path( wp_get_upload_dir()['basedir'] ) );
	}
}
